"""The import map: under which hashed address each module of the client is found.

The manifest storage does not rewrite imports between modules. A relative import is resolved to a
plain address by the browser and looked up in the import map, so our own modules are listed under
their plain addresses.
"""

import json
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
VENDOR = HERE / "vendor"
# Import specifier → file under frontend/vendor; vendor.json says where each comes from.
LIBRARIES = {
    "preact": "vendor/preact.js",
    "preact/hooks": "vendor/preact-hooks.js",
    "@preact/signals-core": "vendor/signals-core.js",
    "@preact/signals": "vendor/signals.js",
    "htm": "vendor/htm.js",
    "marked": "vendor/marked.js",
    "dompurify": "vendor/dompurify.js",
    "@highlightjs/cdn-assets/es/highlight.min.js": "vendor/highlight.js",
}


def missing() -> list[str]:
    """The library files that the set-up has not put into frontend/vendor."""
    wanted: dict[str, str] = json.loads((HERE / "vendor.json").read_text(encoding="utf-8"))
    return [name for name in wanted if not (VENDOR / name).is_file()]


def own() -> list[str]:
    """Our own modules, as static names: ``giint/js/app.js`` and so on."""
    return sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("giint/js/**/*.js"))


def import_map() -> dict[str, dict[str, str]]:
    """Raises ValueError when the static files were collected before a module was there."""
    imports = {name: static(file) for name, file in LIBRARIES.items()}
    imports |= {f"{settings.STATIC_URL}{name}": static(name) for name in own()}
    return {"imports": imports}
