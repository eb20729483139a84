"""A browser that stands at the counter: who is at it, and what its session may still do.

The session stays that of whoever signed in. From the moment it was locked or somebody else took over by PIN it is
*bound*: it opens the till and nothing else of the shop's, whatever the role of either. The password of whoever signed
in, or signing out, ends that. docs/till.md has the reasons.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from staff import pins
from staff.actors import Actor
from staff.models import User
from staff.permissions import may
from tenants.models import Merchant

KEY = "till"
IDLE_MINUTES = 5  # where the shop said nothing else
TOUCHED_EVERY = timedelta(seconds=20)  # the session is not written more often than that
OFFICE = ("/backoffice/", "/account/")
OPEN_TO_TILLS = ("/backoffice/till/", "/account/logout/")
LEAVE = "/backoffice/till/leave/"
# Wrong PINs in a row, over all colleagues, after which only the password leads on. Kept in the session, so it holds
# also while the cache, which counts by person, is away.
MOST_FAILURES = 15
PROVEN_FOR = timedelta(minutes=10)  # or until the next customer


@dataclass(slots=True)
class Till:
    """What the session keeps. `seen` is when somebody last did something here; None while they are in the office."""

    id: str  # names this till to its customer's screen
    user_id: int  # who stands here
    seen: float | None = None
    bound: bool = False
    locked: bool = False
    turned: bool = False  # the screen shows the customer's page
    failures: int = 0  # wrong PINs in a row
    proof: str = ""  # who was proven here last: a member by card or name, or a code that was shown
    proof_at: float = 0.0


def of(request: HttpRequest) -> Till | None:
    """The till that this browser is, if it is one."""
    stored = request.session.get(KEY)
    return Till(**stored) if stored else None


def arrive(request: HttpRequest, *, at: datetime) -> Till:
    """The till of this browser, opened by whoever signed in if it is none yet; locked if it was left alone."""
    assert isinstance(request.user, User)
    till = of(request)
    if till is None:
        till = Till(id=secrets.token_urlsafe(12), user_id=request.user.pk, seen=at.timestamp())
        keep(request, till)
    elif _left_alone(till, request, at):
        _lock(till)
        keep(request, till)
    elif not till.locked and (till.seen is None or at.timestamp() - till.seen > TOUCHED_EVERY.total_seconds()):
        till.seen = at.timestamp()
        keep(request, till)
    return till


def stander(till: Till) -> User | None:
    """Who stands at it: None when it is locked, or they may not any more."""
    user = None if till.locked else User.objects.filter(pk=till.user_id).first()
    return user if user and may(user, "till.use") else None


def actor_at(request: HttpRequest, user: User) -> Actor:
    """The person at the till as who acts, whoever signed in."""
    ip = request.META.get("REMOTE_ADDR") or None
    return Actor("staff", user.pk, str(user), ip, getattr(request, "id", ""))


def lock(request: HttpRequest) -> bool:
    """Lock it, unless nobody has a PIN to unlock it with; tells whether it is."""
    till = of(request)
    if till is None or not pins.holders():
        return False
    _lock(till)
    keep(request, till)
    return True


def show_pin(request: HttpRequest, user_id: int, pin: str, *, actor: Actor, at: datetime) -> User:
    """The person whose PIN was typed at this till. Raises pins.WrongPin, pins.TooManyTries."""
    till = of(request)
    if till is None or till.failures >= MOST_FAILURES:
        raise pins.TooManyTries
    try:
        user = pins.check(user_id, pin, actor=actor, at=at)
    except pins.WrongPin:
        till.failures += 1
        keep(request, till)
        raise
    if till.failures:
        till.failures = 0
        keep(request, till)
    return user


def prove(request: HttpRequest, till: Till, whom: str, *, at: datetime) -> None:
    """Whoever stands before this till has shown that they are `whom`. It holds until somebody else does."""
    till.proof, till.proof_at = whom, at.timestamp()
    keep(request, till)


def is_proven(till: Till, whom: str, *, at: datetime) -> bool:
    """Whether they showed it here, to who stands here, within the last minutes."""
    return till.proof == whom and at.timestamp() - till.proof_at <= PROVEN_FOR.total_seconds()


def next_customer(request: HttpRequest, till: Till) -> None:
    """What the last customer showed says nothing of the next one."""
    if till.proof:
        till.proof = ""
        keep(request, till)


def take_over(request: HttpRequest, user: User, *, at: datetime) -> None:
    """This person, who has shown their PIN, stands here now."""
    till = of(request)
    assert till is not None
    till.user_id, till.seen, till.locked, till.turned, till.bound = user.pk, at.timestamp(), False, False, True
    till.proof = ""
    keep(request, till)


def turn(request: HttpRequest, till: Till, *, to_customer: bool) -> None:
    """Show the customer's page on this very screen; from then on only a PIN leads back, if there is one."""
    till.turned = to_customer
    keep(request, till)


def leave(request: HttpRequest) -> None:
    """The browser is no till any more. Only for who has shown the password, or where the till was never bound."""
    request.session.pop(KEY, None)


def keep(request: HttpRequest, till: Till) -> None:
    """Store it in the session."""
    request.session[KEY] = asdict(till)


def idle_minutes(merchant: Merchant) -> int:
    """After how many minutes without a touch it locks."""
    return int(merchant.till.get("idle_minutes", IDLE_MINUTES))


def _lock(till: Till) -> None:
    till.locked, till.bound, till.proof = True, True, ""


def _left_alone(till: Till, request: HttpRequest, at: datetime) -> bool:
    if till.locked or till.seen is None:
        return False
    idle = timedelta(minutes=idle_minutes(request.tenant))
    return at.timestamp() - till.seen > idle.total_seconds() and bool(pins.holders())


class TillMiddleware:
    """Keep a bound session at the till. Comes after the one that knows who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        if path.startswith(OFFICE) and not path.startswith(OPEN_TO_TILLS) and not _may_pass(request):
            return redirect(LEAVE)
        return self.get_response(request)


def _may_pass(request: HttpRequest) -> bool:
    """Whether this browser may enter the office. If so, the till's clock stands still meanwhile."""
    till = of(request)
    if till is None:
        return True
    if till.bound or till.turned or _left_alone(till, request, timezone.now()):
        return False
    if till.seen is not None:
        till.seen = None
        keep(request, till)
    return True
