"""Where a line is played: installations and services, each made when first asked for."""

import shutil
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path

from tests.faults.services import Postgres, Redis
from tests.harness.installation import Installation, Template
from tests.harness.server import GUARDED, UNGUARDED, Server
from tests.harness.worker import Worker


class Stage:
    """Everything on it is gone at its end: ``with Stage() as stage``."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._templates: dict[str, Template] = {}
        self._cluster: Postgres | None = None
        self._redis: Redis | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.folder.chmod(0o711)  # PostgreSQL, as another user, has to get to its own folder

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def cluster(self) -> Postgres:
        if self._cluster is None:
            self._cluster = self.postgres_cluster("cluster")
        return self._cluster

    @property
    def redis(self) -> Redis:
        if self._redis is None:
            self._redis = Redis(self.folder / "redis")
            self._redis.start()
            self._stack.callback(self._redis.kill)
        return self._redis

    def postgres_cluster(self, name: str, **options: str) -> Postgres:
        """One more cluster, with settings of its own."""
        cluster = Postgres(self.folder / name, **options)
        cluster.start()
        self._stack.callback(cluster.stop)
        return cluster

    def sqlite(self) -> Installation:
        """A new installation on SQLite."""
        return self._copy("sqlite", "")

    def postgres(self, cluster: Postgres | None = None) -> Installation:
        """A new installation in our cluster, or in another one of ours."""
        url = (cluster or self.cluster).url
        return self._copy(url, url)

    def _copy(self, key: str, server: str) -> Installation:
        if key not in self._templates:
            place = self.folder / f"template-{len(self._templates)}"
            self._templates[key] = Template(place, server)
        folder = self.folder / uuid.uuid4().hex[:8]
        return self._stack.enter_context(self._templates[key].copy(folder))


def variables(**more: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "LOG_LEVEL": "WARNING", **more}


def server(at: Installation, *, unguarded: str = "", kind: str = "uvicorn", **more: str) -> Server:
    """A web server of this installation. ``unguarded``: what tests.harness.unguarded switches
    off.
    """
    application = UNGUARDED if unguarded else GUARDED
    given = variables(HARNESS_UNGUARDED=unguarded, **more)
    return Server(at, kind=kind, application=application, **given)


def worker(at: Installation, name: str = "worker", **more: str) -> Worker:
    return Worker(at, name, **variables(**more))


class Behind(Server):
    """A server as it is reached through a proxy."""

    def __init__(self, server: Server, port: int) -> None:
        self.__dict__.update(server.__dict__)
        self._through = port

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self._through}/ws/"
