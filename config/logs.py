"""Structured logs: one event a line, with tenant and request id, without secrets or personal data."""

from __future__ import annotations

import logging
import logging.config
import re
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

# Values under these names never reach a log line, whatever logs them.
HIDDEN = (
    "secret",
    "password",
    "token",
    "code",
    "email",
    "phone",
    "authorization",
    "cookie",
    "signature",
    "address",
    "name_of_person",
)

HARMLESS = ("status_code", "language_code")
# Free text, such as the message of an exception, is searched for what it should not hold.
SCRUBBED = (
    (re.compile(r"[^\s@\"'<>(]+@[^\s@\"'<>)]+\.\w+"), "…@…"),  # e-mail addresses
    (re.compile(r"(?m)^(DETAIL|CONTEXT|HINT|LINE \d+): .*$"), r"\1: …"),  # PostgreSQL quotes row or statement there
    (re.compile(r"\+\d[\d -]{7,}\d"), "+…"),  # phone numbers
    (re.compile(r"(?<=/)(?!st_)[\w:~-]{16,}(?=[/\s?]|$)"), "…"),  # tokens in addresses
    (re.compile(r"(?<=/)[\w.-]+\.[0-9a-f]{20}(?=[/\s?]|$)"), "…"),  # signed codes in addresses: those of visits
    (re.compile(r"whsec_[\w+/=]+"), "whsec_…"),
    (re.compile(r"dk_(live|test)_\w+"), r"dk_\1_…"),
)

# These tell every header and address they see when asked for details.
QUIET = {name: {"level": "WARNING"} for name in ("httpcore", "httpx")}


def configure() -> None:
    """Set up structlog and let the standard library's loggers run through it."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_tenant,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    structlog.configure(
        # First, so that a line nobody will read costs nothing.
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    as_json = settings.LOG_FORMAT == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        # The plain traceback: a rich one prints the values of variables.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            scrub,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": settings.LOG_LEVEL},
            "loggers": {"django.server": {"level": "WARNING"}, "celery": {"level": "WARNING"}, **QUIET},
        }
    )


def add_tenant(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Name the schema the connection stands in."""
    event.setdefault("tenant", getattr(connection, "schema_name", None) or "public")
    return event


def hide(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blank out values whose name says they are secret or personal."""
    for name in event:
        if any(word in name.lower() for word in HIDDEN) and name not in HARMLESS:
            event[name] = "…"
    return event


def scrub(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Take personal data and secrets out of free text."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _scrubbed(value)
    return event


def _scrubbed(text: str) -> str:
    for pattern, instead in SCRUBBED:
        text = pattern.sub(instead, text)
    return text
