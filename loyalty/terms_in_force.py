"""The rules in force, typed, for who asks often: read once for each wording of them.

What is remembered is found by a digest of the stored text, which the database gives. So it can't be another shop's, nor
an older one.
"""

from __future__ import annotations

from datetime import datetime

import orjson
from django.db import connection

from loyalty.rules import Rules, stored_rules

MOST_REMEMBERED = 256
_remembered: dict[str, Rules] = {}
_last_seen: dict[str, str] = {}  # by schema: the digest of the rules that were in force when last asked

IN_FORCE = """
SELECT md5(rules::text){more} FROM loyalty_programmeversion WHERE in_force_from <= %s
ORDER BY in_force_from DESC, number DESC LIMIT 1
"""
DIGEST, WITH_TEXT = IN_FORCE.format(more=""), IN_FORCE.format(more=", rules::text")


def terms_in_force(at: datetime) -> Rules | None:
    """As programme.in_force(at).terms; None before the first version. One small query."""
    row = _asked(DIGEST, at)
    rules = _remembered.get(row[0]) if row else None
    if row and rules is None:
        # Digest and text in one answer: asked apart, they may be those of two versions, and shops share what they say.
        row = _asked(WITH_TEXT, at)
        rules = stored_rules(orjson.dumps(orjson.loads(row[1]))) if row else None
    if row is None or rules is None:
        return None
    _remember(row[0], rules)
    return rules


def _asked(statement: str, at: datetime) -> tuple[str, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [at])
        row: tuple[str, ...] | None = cursor.fetchone()
    return row


def _remember(digest: str, rules: Rules) -> None:
    if digest not in _remembered and len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    if connection.schema_name not in _last_seen and len(_last_seen) >= MOST_REMEMBERED:
        _last_seen.clear()
    _remembered[digest] = rules
    _last_seen[connection.schema_name] = digest


def terms_last_seen() -> tuple[str, Rules] | None:
    """The rules that were in force when last asked in this shop, and their digest; asks nothing.

    For who has the database compare the digest in the statement that acts on them.
    """
    digest = _last_seen.get(connection.schema_name)
    rules = _remembered.get(digest) if digest else None
    return (digest, rules) if digest and rules else None
