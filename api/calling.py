"""One call of a program, as an operation sees it, and its answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.http import HttpRequest

from api.models import ApiKey
from config.problems import Refused
from staff.actors import Actor


@dataclass(frozen=True)
class Call:
    """Who asks for what, when. `body` and `query` were checked against what the operation declares."""

    request: HttpRequest
    key: ApiKey
    at: datetime
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def idempotency_key(self) -> str:
        """What the program calls this attempt, or an empty text."""
        return self.request.headers.get("Idempotency-Key", "")

    @cached_property
    def actor(self) -> Actor:
        """The key, as the audit trail and the ledger name it."""
        ip = self.request.META.get("REMOTE_ADDR") or None
        return Actor("api", self.key.pk, self.key.name, ip, getattr(self.request, "id", ""))

    @property
    def merchant(self) -> Any:
        """Whose shop it is."""
        return connection.tenant

    def must_match(self, present: Answer) -> None:
        """Raise 412 unless `present`, what the resource looks like now, is what the program has seen (If-Match)."""
        wanted = self.request.headers.get("If-Match")
        if wanted is not None and not names(wanted, present.etag):
            raise Refused(
                412, "changed_meanwhile", "It has changed since you read it. Read it again.",
                errors=[("If-Match", f"is not {present.etag}")],
            )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the program is told: JSON, or nothing."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """The JSON in UTF-8; the same content is always the same bytes."""
        return b"" if self.content is None else json.dumps(self.content, ensure_ascii=False).encode()

    @cached_property
    def etag(self) -> str:
        """A strong entity tag of the body (RFC 9110)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:27]}"'


def names(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names this tag; weak tags compare as strong ones do."""
    told = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in told or etag in told
