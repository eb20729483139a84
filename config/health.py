"""Whether this process can serve: database, cache and a ledger-grade PL/pgSQL call."""

from __future__ import annotations

import structlog
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse

log = structlog.get_logger(__name__)


def ready() -> HttpResponse:
    """200 with each part `ok`, or 503 naming the part that fails (never its error text: that is in the log)."""
    parts = {"database": _works(_database), "cache": _works(_cache)}
    healthy = all(parts.values())
    body = {name: "ok" if works else "fails" for name, works in parts.items()}
    return JsonResponse(body, status=200 if healthy else 503)


def _database() -> None:
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        # Runs PL/pgSQL: a server upgraded under its feet still answers `select 1`, but no function.
        cursor.execute("DO $$ BEGIN PERFORM 1; END $$")


def _cache() -> None:
    cache.set("readyz", 1, timeout=5)
    if cache.get("readyz") != 1:  # the cache forgives what it cannot reach; readiness does not
        raise ConnectionError("the cache keeps nothing")


def _works(check: object) -> bool:
    try:
        check()  # type: ignore[operator]
    except Exception:
        log.exception("not_ready")
        return False
    return True
