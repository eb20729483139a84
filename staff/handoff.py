"""From the public site to a shop just founded: a signed token that signs its founder in once, within a minute."""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.db import connection

from staff.models import User

SALT = "staff.handoff"
SECONDS = 60


def issue(user: User) -> str:
    """A token for an account that has never signed in. Call it inside the shop's schema."""
    return signing.dumps({"schema": connection.schema_name, "user": user.pk}, salt=SALT)


def redeem(token: str, *, at: datetime) -> User | None:
    """The account of a token, once. None when it is wrong, older than a minute, used, or of another shop.

    Signing in sets `last_login`, and only an account without it is handed over: the conditional update lets one win.
    """
    try:
        claim = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    if claim["schema"] != connection.schema_name:
        return None
    fresh = User.objects.filter(pk=claim["user"], last_login=None, is_active=True)
    if fresh.update(last_login=at) != 1:
        return None
    return User.objects.get(pk=claim["user"])
