"""A program of a merchant, with a key."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django_tenants.utils import tenant_context

from api.keys import SCOPES, create_key
from api.models import ApiKey
from staff.actors import SYSTEM
from tenants.models import Merchant

V1 = "/api/v1"
NOW = datetime.now(UTC).replace(microsecond=0)  # the API reads the clock itself


class Program:
    """Calls the API of a shop as a program does: JSON, a bearer key, and no cookie."""

    def __init__(
        self, merchant: Merchant, *, scopes: Sequence[str] = tuple(SCOPES), key: str | None = None, test: bool = False
    ) -> None:
        self.client = Client(headers={"host": merchant.host}, raise_request_exception=True)
        self.row: ApiKey | None = None
        if key is None:
            with tenant_context(merchant):
                self.row, key = create_key("till", scopes=scopes, actor=SYSTEM, at=NOW, test=test)
        self.key = key

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        """The response. `key` is the Idempotency-Key; a POST without one gets a fresh one."""
        if method == "POST" and not key and "idempotency_key" not in headers:
            key = uuid.uuid4().hex
        told = {"authorization": f"Bearer {self.key}", **({"idempotency-key": key} if key else {})}
        told |= {name.replace("_", "-"): value for name, value in headers.items() if value}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = told.pop("content-type", "application/json")
        return self.client.generic(method, path if path.startswith("/") else f"{V1}/{path}", data, kind, headers=told)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def customer(self, **told: Any) -> int:
        """The id of a customer with this e-mail address (or whatever is told)."""
        answer = self.put("customers", told or {"email": "ada@example.com", "name": "Ada Byron"})
        assert answer.status_code in {200, 201}, answer.content
        return int(answer.json()["id"])


def order(number: str = "1001", **changes: Any) -> dict[str, Any]:
    """A paid order of 12,000 won."""
    placed = (NOW - timedelta(hours=1)).isoformat()
    return {
        "id": number, "status": "paid", "currency": "KRW", "placed_at": placed, "paid_at": placed,
        "updated_at": placed, "total": "12000", "customer": {"id": "7", "name": "Ada Byron"},
        "lines": [{"id": "1", "name": "Beans", "quantity": 2, "total": "12000"}],
        **changes,
    }  # fmt: skip


def problem(answer: Any) -> tuple[int, str]:
    """Status and code of an answer, which must be problem details."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"]
    assert told["request_id"] == answer["X-Request-ID"]
    return answer.status_code, told["code"]
