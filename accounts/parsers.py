"""How bodies of requests are read."""

from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

from giint.core.errors import GiintError
from giint.core.secrets import Secret


class Json(JSONParser):
    """JSON within bounds: of nesting, and of bytes also where no length was announced."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise GiintError("body_too_large")
        try:
            return super().parse(BytesIO(raw), *args, **kwargs)
        except RecursionError:
            raise ParseError("nested too deeply") from None


class SecretParser(Json):
    """JSON whose secrets are a ``Secret`` before any view, log or error report can see them."""

    secrets = ("key", "password", "refresh")

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        data = super().parse(*args, **kwargs)
        for name in self.secrets if isinstance(data, dict) else ():
            if isinstance(data.get(name), str):
                data[name] = Secret(data[name])
        return data


class Upload(MultiPartParser):
    """A form with a file of at most ``GIINT_FILE_SIZE``: a longer body is not even begun."""

    FORM = 65_536  # bytes for the other fields and the marks between them
    code = "file_too_large"

    def most(self) -> int:
        """MiB that its file may have."""
        return int(settings.GIINT_FILE_SIZE)

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        context = kwargs.get("parser_context") or (args[1] if len(args) > 1 else None) or {}
        meta = context["request"].META if "request" in context else {}
        announced = str(meta.get("CONTENT_LENGTH") or "0")
        if announced.isdigit() and int(announced) > self.most() * 1_048_576 + self.FORM:
            raise GiintError(self.code, f"at most {self.most()} MiB")
        return super().parse(stream, *args, **kwargs)


class ImportUpload(Upload):
    """The same with a file of at most ``GIINT_IMPORT_SIZE``: what somebody saved elsewhere."""

    code = "dump_too_large"

    def most(self) -> int:
        return int(settings.GIINT_IMPORT_SIZE)
