"""PINs: four to six digits by which staff say at the till who stands there, and by which a manager approves.

A PIN opens nothing by itself: it counts only in a browser in which somebody of the shop has signed in. It is stored
hashed as a password is; five wrong ones in a quarter of an hour and it rests until that is over. docs/till.md.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from config.limits import exceeded, forget
from staff import audit
from staff.actors import Actor
from staff.models import User
from staff.permissions import may

FEWEST, MOST = 4, 6
TRIES, SECONDS = 5, 15 * 60
LIMIT = "pin"


class WeakPin(ValueError):
    """The PIN is too short, no digits, or among the first that anybody would try."""


class WrongPin(ValueError):
    """It is not this person's, or the person has none, or may not stand at the till. Not told apart."""


class TooManyTries(WrongPin):
    """The PIN rests; the password still works."""


def is_weak(pin: str) -> bool:
    """Whether it is no PIN, or one digit over and over, or a run up or down."""
    if not (pin.isascii() and pin.isdigit() and FEWEST <= len(pin) <= MOST):
        return True
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    return steps in ({0}, {1}, {-1})


@transaction.atomic
def set_pin(user: User, pin: str, *, actor: Actor, at: datetime) -> None:
    """Give a person a PIN, or with an empty one none. Raises WeakPin."""
    if pin and is_weak(pin):
        raise WeakPin
    user.pin = make_password(pin) if pin else ""
    user.save(update_fields=["pin"])
    action = "account.pin_set" if pin else "account.pin_removed"
    audit.record(action, actor=actor, at=at, object_kind="staff", object_id=user.pk, object_label=str(user))


def holders() -> list[User]:
    """Who can say by PIN that they stand at the till, by name."""
    users = User.objects.filter(is_active=True, is_operator=False).exclude(pin="")
    return sorted((user for user in users if may(user, "till.use")), key=lambda user: str(user).lower())


def check(user_id: int, pin: str, *, actor: Actor, at: datetime) -> User:
    """The person, if this is their PIN. The first try beyond the limit stands in the audit trail.

    Raises WrongPin, TooManyTries.
    """
    user = next((user for user in holders() if user.pk == user_id), None)
    if user is None:
        raise WrongPin
    if exceeded(LIMIT, str(user.pk), limit=TRIES, seconds=SECONDS):  # counted before looking: tries at once count too
        _tell(user, actor, at)
        raise TooManyTries
    if not check_password(pin, user.pin):
        raise WrongPin
    forget(LIMIT, str(user.pk))
    return user


def _tell(user: User, actor: Actor, at: datetime) -> None:
    """Once in the time of one limit, not once a try."""
    if not exceeded("pin.told", str(user.pk), limit=1, seconds=SECONDS):
        audit.record(
            "till.pin_failed", actor=actor, at=at, object_kind="staff", object_id=user.pk, object_label=str(user)
        )
