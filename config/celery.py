"""The Celery app: `celery -A config.celery worker` and `… beat`."""

import os

import structlog
from celery import Celery, Task
from celery.signals import task_prerun, worker_process_init, worker_ready

from config import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
app = Celery("dangol")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def name_the_task(task_id: str, task: Task, **_: object) -> None:
    """Every log line of a task carries its id, as every line of a request carries the request's."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@worker_process_init.connect
@worker_ready.connect
def settle(**_: object) -> None:
    """In each process of the pool, and where the worker is its own pool (solo)."""
    memory.settle()
