"""What a signature of allauth's is bound to."""

from __future__ import annotations


def salt_of_shop() -> str:
    """A salt of the active schema's own: a link that one shop signed is worth nothing at another."""
    from django.db import connection  # settings are read before the database is known

    return f"account:{connection.schema_name}"
