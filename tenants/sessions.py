"""Sessions in the tenant's own schema that also carry its name, and are worth nothing anywhere else."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection

SCHEMA = "_schema"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, sealed with the schema: a second wall behind the table being the tenant's.

    A row that got into another schema (a restored dump, a wrong search path) is an empty session there.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        """Only what we could have given out is looked up: a cookie may hold U+0000, which PostgreSQL refuses."""
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The stored form, sealed with the active schema."""
        return super().encode({**session_dict, SCHEMA: connection.schema_name})

    def decode(self, session_data: Any) -> dict[str, Any]:
        """The session's content, or nothing when another schema sealed it."""
        content: dict[str, Any] = super().decode(session_data)
        return content if content.pop(SCHEMA, None) == connection.schema_name else {}
