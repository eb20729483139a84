"""The rules in force, typed, for who asks often: read once for each wording of them.

What is remembered is found by a digest of the stored text, which the database gives. So it can't be another shop's, nor
an older one.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from loyalty import programme
from loyalty.rules import Rules

MOST_REMEMBERED = 256
_remembered: dict[str, Rules] = {}
_last_seen: dict[str, str] = {}  # by schema: the digest of the rules that were in force when last asked

DIGEST = """
SELECT md5(rules::text) FROM loyalty_programmeversion WHERE in_force_from <= %s
ORDER BY in_force_from DESC, number DESC LIMIT 1
"""


def terms_in_force(at: datetime) -> Rules | None:
    """As programme.in_force(at).terms; None before the first version. One small query."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, [at])
        row = cursor.fetchone()
    if row is None:
        return None
    if row[0] not in _remembered:
        version = programme.in_force(at)
        if version is None:
            return None
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[row[0]] = version.terms
    if len(_last_seen) >= MOST_REMEMBERED:
        _last_seen.clear()
    _last_seen[connection.schema_name] = row[0]
    return _remembered[row[0]]


def terms_last_seen() -> tuple[str, Rules] | None:
    """The rules that were in force when last asked in this shop, and their digest; asks nothing.

    For who has the database compare the digest in the statement that acts on them.
    """
    digest = _last_seen.get(connection.schema_name)
    rules = _remembered.get(digest) if digest else None
    return (digest, rules) if digest and rules else None
