"""/healthz: this process answers. /readyz: it can work: the database is there and migrated.

Without the Redis it should have it is ``degraded``, and still 200: everything works, text between
processes is only coarser.
"""

import logging

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from giint.engine import supervisor

log = logging.getLogger(__name__)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with what is missing, in words."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        log.exception("the database does not answer")
        return JsonResponse({"status": "down", "database": "does not answer"}, status=503)
    if waiting:
        sentence = f"{len(waiting)} migrations to apply: manage.py migrate"
        return JsonResponse({"status": "down", "database": sentence}, status=503)
    body = {"status": "ok", "database": connection.vendor}
    if supervisor.is_degraded:  # exact all the same, through rows
        body |= {"status": "degraded", "redis": "does not answer"}
    return JsonResponse(body)
