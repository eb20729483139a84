"""Development's settings; every query is noted as one byte in the file COUNT_QUERIES_IN names, a sweep's first as S."""

import os
from typing import Any

from django.db.backends.signals import connection_created

from config.settings.development import *  # noqa: F403

DEBUG = False
CELERY_TASK_DEFAULT_QUEUE = f"idle-{os.getppid()}"  # no other worker on this broker takes these tasks
_file = os.open(os.environ["COUNT_QUERIES_IN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def _count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    os.write(_file, b"S" if "gather_rings" in str(sql) else b".")
    return execute(sql, params, many, context)


def _watch(connection: Any, **_: Any) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


connection_created.connect(_watch, weak=False)
