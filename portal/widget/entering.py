"""Coming in by the frame: with a token of the store, with what this browser kept, or as a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from config.mailable import check_mailable
from customers.identities import apply_customers, is_vouched_for, normalise_email, prove_email
from customers.models import Customer, Identity
from customers.snapshots import CustomerSnapshot
from portal.sessions import Begun, begin
from portal.widget import tokens
from portal.widget.tokens import BadToken, Claims
from staff.actors import Actor
from storefront import widgets
from storefront.models import Store
from tenants.models import Merchant

TOKEN_SESSION_LIVES = timedelta(hours=1)
# A token only fills in what is not known yet: the store's own documents, which have a time of their own, say more.
BEFORE_ANY_DOCUMENT = datetime(1970, 1, 1, tzinfo=UTC)


def sign_in(
    store: Store, merchant: Merchant, token: str, *, user_agent: str, ip: str | None, request_id: str, at: datetime
) -> Begun:
    """Begin an hour's session of the person whom the store's token proves. Raises BadToken.

    The proof is of the account at the store; of the e-mail address only where the store says it has verified it.
    """
    hosts = {merchant.host, *merchant.domains.values_list("domain", flat=True)}
    secrets = widgets.valid_secrets(store, at)
    claims = tokens.read(token, secrets=secrets, store=store.public_id, hosts=hosts, at=at)
    _use_up(claims)
    actor = Actor("store", name=store.name, ip=ip, request_id=request_id)
    try:
        with transaction.atomic():
            customer = _customer(store, claims, actor, at)
            return begin(
                customer, user_agent=user_agent, at=at, life=TOKEN_SESSION_LIVES, embedded=True,
                began_with=claims.digest,
            )  # fmt: skip
    except IntegrityError as error:  # the same token at the same moment, and the cache away
        raise BadToken("token_used", claims.person) from error


def _use_up(claims: Claims) -> None:
    """Count the token as used. The cache sees to it within its life, and the session's row while the cache is away."""
    if not cache.add(f"widget.token:{claims.digest}", 1, timeout=tokens.LIFE + tokens.LEEWAY):
        raise BadToken("token_used", claims.person)


def _customer(store: Store, claims: Claims, actor: Actor, at: datetime) -> Customer:
    email = _mailable(claims.email)
    if not claims.person:
        if not email:
            raise BadToken("token_names_nobody")
        return prove_email(email, at=at, actor=actor)
    snapshot = CustomerSnapshot(
        store.public_id, BEFORE_ANY_DOCUMENT, claims.person, claims.name, email,
        email_verified=claims.email_verified and bool(email), created_at=at, embedded=True,
    )  # fmt: skip
    apply_customers([snapshot], at=at)
    accounts = Identity.objects.filter(kind="store", source=store.public_id, value=claims.person)
    account = accounts.select_related("customer").first()
    # Somebody else has proven the address, and the store has not: before the account was known, or after.
    if account is None or not is_vouched_for(account, email if snapshot.email_verified else ""):
        raise BadToken("token_address_is_anothers")
    return account.customer


def _mailable(email: str) -> str:
    """The address as it is stored; empty for one that no mail can be sent to."""
    try:
        check_mailable(email)
    except ValidationError:
        return ""
    return normalise_email(email)
