"""The signed-in shopper: a session of its own kind, which never meets the staff's.

The cookie holds a random secret, the shop's schema its digest; so a session means nothing at another shop.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from customers.identities import is_vouched_for, prove_email
from customers.models import Customer, Identity
from portal import codes
from portal.models import ShopperSession
from portal.tokens import cookie_name, digest, drop_cookie, new_token, set_cookie
from staff.actors import Actor

COOKIE = "shopper"
LIFE = timedelta(days=90)
# In the frame of a store's pages the secret stands in the address (portal/widget/framing.py): it lives shortly.
EMBEDDED_LIFE = timedelta(hours=12)
# A session slides at most once a day: a visit costs a read, not a write.
SLIDES_AFTER = timedelta(days=1)


class ShopperRequest(HttpRequest):
    """A request after `shopper_required`: `shopper` is there. After `shopper_welcome` it may be None."""

    shopper: Customer
    shopper_session: ShopperSession


View = Callable[..., HttpResponse]
Begun = tuple[ShopperSession, str]


def sign_in(
    browser: str, typed: str, *, language: str, user_agent: str, actor: Actor, at: datetime, embedded: bool = False
) -> Begun:
    """Prove the address with the code, join the programme, begin a session: it and its secret for the browser.

    Raises codes.WrongCode or codes.CodeGone. Proof, guest orders that join and session are one transaction.
    """
    row = codes.check(browser, typed, at=at)
    with transaction.atomic():
        codes.spend(row, at=at)
        customer = prove_email(row.address, at=at, language=language, actor=actor)
        _end_unproven(customer)
        life = EMBEDDED_LIFE if embedded else LIFE
        return begin(customer, user_agent=user_agent, at=at, life=life, embedded=embedded)


def _end_unproven(customer: Customer) -> None:
    """Sign out whoever came in by an account at a store that may be a stranger's: docs/redemption.md."""
    accounts = customer.identities.filter(kind=Identity.Kind.STORE)
    if not all(is_vouched_for(account) for account in accounts):
        customer.sessions.exclude(began_with=None).delete()


def begin(
    customer: Customer,
    *,
    user_agent: str,
    at: datetime,
    life: timedelta = LIFE,
    embedded: bool = False,
    began_with: str | None = None,
) -> Begun:
    """A new session of this customer, and the secret for the browser.

    An embedded one is only good in the frame of a store's page. Raises IntegrityError when another began with the same.
    """
    token = new_token()
    session = ShopperSession.objects.create(
        token_hash=digest(token),
        customer=customer,
        created_at=at,
        last_seen_at=at,
        expires_at=at + life,
        user_agent=user_agent[:200],
        embedded=embedded,
        began_with=began_with,
    )
    ShopperSession.objects.filter(customer=customer, expires_at__lte=at).delete()
    return session, token


def find(token: str, *, at: datetime) -> ShopperSession | None:
    """The living session of this secret with its customer, in one query."""
    sessions = ShopperSession.objects.select_related("customer")
    return sessions.filter(token_hash=digest(token), expires_at__gt=at).first() if token else None


def slide(session: ShopperSession, *, at: datetime) -> bool:
    """Push the end of a session that is in use 90 days ahead, at most once a day; tells whether it moved."""
    if session.embedded or at < session.last_seen_at + SLIDES_AFTER:
        return False
    ShopperSession.objects.filter(pk=session.pk, last_seen_at__lt=at).update(last_seen_at=at, expires_at=at + LIFE)
    return True


def end(customer: Customer, *, session_id: int) -> bool:
    """Sign one browser of this customer out; False when there is no such session."""
    deleted, _by_model = ShopperSession.objects.filter(customer=customer, pk=session_id).delete()
    return deleted > 0


def living(customer: Customer, *, at: datetime) -> list[ShopperSession]:
    """The browsers where this customer is signed in, last used first."""
    return list(customer.sessions.filter(expires_at__gt=at).order_by("-last_seen_at", "-pk"))


def end_others(customer: Customer, *, keep: ShopperSession) -> int:
    """Sign out every browser of this customer but one; how many there were."""
    deleted, _by_model = ShopperSession.objects.filter(customer=customer).exclude(pk=keep.pk).delete()
    return deleted


def shopper_welcome(view: View) -> View:
    """Set `request.shopper` (None for a stranger) and `request.shopper_session`, and let the session slide."""

    @wraps(view)
    def guarded(request: ShopperRequest, *args: object, **kwargs: object) -> HttpResponse:
        at = timezone.now()
        token = request.COOKIES.get(cookie_name(COOKIE), "")
        found = session = find(token, at=at)
        if session is not None and session.embedded != is_embedded(request):
            session = None
        _name(request, session)
        response = view(request, *args, **kwargs)
        if session is not None and slide(session, at=at) and not response.cookies.get(cookie_name(COOKIE)):
            remember(response, token)
        if token and found is None and response.status_code == 200 and not response.cookies.get(cookie_name(COOKIE)):
            give_up(response)  # it was ended elsewhere, or is over
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded


def shopper_required(view: View) -> View:
    """Let only a signed-in shopper through; others go to sign in and come back to where they wanted to be."""

    @wraps(view)
    def guarded(request: ShopperRequest, *args: object, **kwargs: object) -> HttpResponse:
        if getattr(request, "shopper", None) is None:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    return shopper_welcome(guarded)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page and, after it, back. A POST is not repeated: it comes back to the front page."""
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('portal:sign_in')}?{urlencode({'next': back})}")


def is_embedded(request: HttpRequest) -> bool:
    """Whether the page is shown in the frame of a store's page."""
    return getattr(request, "frame", None) is not None


def remember(response: HttpResponse, token: str) -> None:
    """Let the browser keep the session's secret for another 90 days."""
    set_cookie(response, COOKIE, token, life=LIFE)


def forget(response: HttpResponse) -> None:
    """Let the browser forget its session."""
    drop_cookie(response, COOKIE)


def give_up(response: HttpResponse) -> None:
    """Let it forget the session, and what it keeps of the member: the card that can be shown without a network."""
    forget(response)
    response["Clear-Site-Data"] = '"storage"'


def shopper_actor(request: HttpRequest) -> Actor:
    """Who acts when a shopper does something; before sign-in without id and name."""
    customer: Customer | None = getattr(request, "shopper", None)
    ip, request_id = request.META.get("REMOTE_ADDR") or None, getattr(request, "id", "")
    if customer is None:
        return Actor("shopper", ip=ip, request_id=request_id)
    return Actor("shopper", customer.pk, str(customer), ip, request_id)


def _name(request: ShopperRequest, session: ShopperSession | None) -> None:
    request.shopper_session = session  # type: ignore[assignment]
    request.shopper = session.customer if session else None  # type: ignore[assignment]
