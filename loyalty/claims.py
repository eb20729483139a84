"""Missing points: a member says what they bought, staff find the order or give the points, and either can be undone.

A claim lives in one row (models.Claim): open, then approved, declined or withdrawn. See docs/portal.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from customers import claiming
from customers.events import Happened, record, subscribe
from customers.matching import take_turn
from customers.models import Customer, Order
from loyalty import claim_mail, earning, ledger, receipts, tiers
from loyalty.earning import Target
from loyalty.evaluation import NOTHING_KNOWN
from loyalty.facts import facts_of
from loyalty.models import Claim, Journal, OrderEarning
from loyalty.programme import in_force, shop_time_zone
from staff import audit
from staff.actors import Actor
from tenants import alarms

MOST_OPEN = 3  # of one member at a time
OLDEST_DAYS = 365
NOT_WRITTEN = 0  # the id of an order that is only thought of
State = Claim.State


class CannotClaim(ValueError):
    """The claim is not taken. The message is for the member; `field` names what it is about, if anything."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CannotDecide(ValueError):
    """The decision is not possible, or another was made meanwhile. The message is for staff."""


@transaction.atomic
def file(
    customer_id: int,
    *,
    bought_on: date,
    number: str = "",
    amount_minor: int | None = None,
    currency: str = "",
    note: str = "",
    photo: receipts.Picture | None = None,
    at: datetime,
    actor: Actor,
) -> Claim:
    """Write down what a member misses. Told again in the same words while it is open, it is the same claim.

    Money in minor units of `currency`. Raises CannotClaim.
    """
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    said = {"number": number, "bought_on": bought_on, "amount_minor": amount_minor, "note": note}
    waiting = list(Claim.objects.filter(customer_id=customer_id, state=State.OPEN))
    if same := next((claim for claim in waiting if _says(claim, said)), None):
        return same
    _check(customer_id, number, bought_on, open_claims=len(waiting), has_photo=photo is not None, at=at)
    claim = Claim.objects.create(customer_id=customer_id, currency=currency, created_at=at, **said)
    if photo:
        claim.photo = receipts.keep(photo, claim.pk)
        claim.save(update_fields=["photo"])
    record([_event("claim.filed", claim, at, number=number)], at=at)
    return claim


@transaction.atomic
def withdraw(claim_id: int, customer_id: int, *, at: datetime, actor: Actor) -> Claim:
    """The member takes an open claim back; withdrawing twice is withdrawing once. Raises CannotDecide, DoesNotExist."""
    claim = Claim.objects.select_for_update().get(pk=claim_id, customer_id=customer_id)
    if claim.state != State.WITHDRAWN:
        _must_be_open(claim)
        claim.state, claim.decided_at = State.WITHDRAWN, at
        claim.save(update_fields=["state", "decided_at"])
        record([_event("claim.decided", claim, at, outcome="withdrawn")], at=at)
    return claim


@transaction.atomic
def approve(
    claim_id: int,
    *,
    order_id: int | None = None,
    points: int | None = None,
    answer: str = "",
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Claim:
    """Say yes: the order becomes the member's and earns by the rules, or these points are given.

    Exactly one of `order_id` and `points`. Points that are what the rules give for the claim's amount are posted as
    earned; any other number is an adjustment and needs a `reason`. Raises CannotDecide, Claim.DoesNotExist.
    """
    assert (order_id is None) != (points is None)
    take_turn()
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    _must_be_open(claim)
    if order_id is not None:
        claim.order = _hand_over(claim, order_id, actor=actor, at=at)
    else:
        assert points is not None
        claim.journal = _give(claim, points, reason, actor=actor, at=at)
    _decide(claim, State.APPROVED, answer, actor=actor, at=at)
    return claim


@transaction.atomic
def decline(claim_id: int, *, answer: str, actor: Actor, at: datetime) -> Claim:
    """Say no, in words to the member. Raises CannotDecide, Claim.DoesNotExist."""
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    _must_be_open(claim)
    if not answer.strip():
        raise CannotDecide(_("Tell the member why, in a sentence."))
    _decide(claim, State.DECLINED, answer, actor=actor, at=at)
    return claim


@transaction.atomic
def undo(claim_id: int, *, actor: Actor, at: datetime) -> Claim:
    """Take a decision back: points return, an order that was nobody's is nobody's again, and the claim waits again.

    Undoing twice is undoing once. Raises CannotDecide, Claim.DoesNotExist.
    """
    take_turn()
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    if claim.state == State.OPEN:
        return claim
    if claim.state == State.WITHDRAWN:
        raise CannotDecide(_("The member took this claim back."))
    if claim.journal_id:
        _take_back(claim, actor=actor, at=at)
    if claim.order_id:
        claiming.release(claim.order_id, actor=actor, at=at)
    audit.record("claim.reopened", actor=actor, at=at, **_about(claim), changes={"state": [claim.state, State.OPEN]})
    claim.state, claim.order, claim.journal, claim.answer = State.OPEN, None, None, ""
    claim.decided_at = claim.mail_at = None
    claim.decided_by = ""
    claim.save()
    return claim


def open_claims() -> QuerySet[Claim]:
    """The claims that wait for a decision."""
    return Claim.objects.filter(state=State.OPEN)


def open_count() -> int:
    """How many claims wait; counted up to 100."""
    return open_claims()[:100].count()


def by_the_rules(claim: Claim, *, at: datetime) -> Target:
    """What an order of the claim's day and amount would earn if it came in now: by the member's tier and tags, by which
    of their orders it is, by what limits leave. Nothing is written.
    """
    moment = _moment_bought(claim, at)
    order = Order(
        id=NOT_WRITTEN, source="claim", external_id=str(claim.pk), state=Order.State.PAID, currency=claim.currency,
        customer_id=claim.customer_id, subtotal=claim.amount_minor or 0, total=claim.amount_minor or 0,
        placed_at=moment, paid_at=moment, created_at=at,
    )  # fmt: skip
    version = in_force(moment) or in_force(at)
    facts = facts_of([order], at=at, version=version)[NOT_WRITTEN] if version else NOTHING_KNOWN
    return earning.target(order, version, facts, shop_time_zone())


def _says(claim: Claim, said: dict[str, object]) -> bool:
    return all(getattr(claim, field) == value for field, value in said.items())


def _check(customer_id: int, number: str, bought_on: date, *, open_claims: int, has_photo: bool, at: datetime) -> None:
    today = at.astimezone(shop_time_zone()).date()
    if open_claims >= MOST_OPEN:
        text = ngettext(
            "You have %(count)s claim waiting already. Please wait for the shop's answer first.",
            "You have %(count)s claims waiting already. Please wait for the shop's answer first.",
            open_claims,
        )
        raise CannotClaim(text % {"count": open_claims})
    if not number and not has_photo:
        raise CannotClaim(_("Enter the order number or add a photo of the receipt."), "number")
    if bought_on > today:
        raise CannotClaim(_("This day has not come yet."), "bought_on")
    if bought_on < today - timedelta(days=OLDEST_DAYS):
        raise CannotClaim(_("This was more than a year ago. Please ask in the shop."), "bought_on")
    if number and (earned := _earned_already(customer_id, number)):
        about = {"number": number, "points": formatting.count(earned)}
        raise CannotClaim(_("Order %(number)s is in your history already: %(points)s points.") % about, "number")


def _earned_already(customer_id: int, number: str) -> int:
    """Points that the member's own order of this number has; 0 when there is none."""
    own = OrderEarning.objects.filter(customer_id=customer_id, order__customer_id=customer_id, posted__gt=0)
    return own.filter(order__number__iexact=number).values_list("posted", flat=True).first() or 0


def _must_be_open(claim: Claim) -> None:
    if claim.state != State.OPEN:
        raise CannotDecide(_("This claim is not open any more."))


def _hand_over(claim: Claim, order_id: int, *, actor: Actor, at: datetime) -> Order:
    try:
        return claiming.hand_over(order_id, claim.customer_id, actor=actor, at=at)
    except claiming.NotNobodys as other:
        raise CannotDecide(_("This order belongs to another customer.")) from other


def _give(claim: Claim, points: int, reason: str, *, actor: Actor, at: datetime) -> Journal:
    """Points as the rules have it are earned, with their waiting time; others are an adjustment."""
    key = f"claim:{claim.pk}:{at.isoformat()}"
    rules = by_the_rules(claim, at=at)
    try:
        if points != rules.points:
            if not reason.strip():
                raise CannotDecide(_("Say why it is another number than the rules give."))
            return ledger.adjust(claim.customer_id, points, reason=reason, actor=actor, key=key, at=at)
        moment = _moment_bought(claim, at)
        version = in_force(moment) or in_force(at)
        assert version is not None
        earned = ledger.Earn(
            claim.customer_id, points, key, effective_at=at, matures_at=version.terms.matures_at(moment),
            expires_at=version.terms.expires_at(at, shop_time_zone()), version_id=version.pk, reason="claim",
            arithmetic=rules.arithmetic,
        )  # fmt: skip
        journal = ledger.earn([earned], actor=actor, at=at)[0].journal_id
        tiers.review_points([claim.customer_id], at=at)
        return Journal.objects.get(pk=journal)
    except ledger.WrongAmount as wrong:
        raise CannotDecide(_("Enter a whole number of points.")) from wrong


def _take_back(claim: Claim, *, actor: Actor, at: datetime) -> None:
    assert claim.journal_id is not None
    key = f"claim:{claim.pk}:undo:{claim.journal_id}"
    try:
        ledger.reverse(claim.journal_id, reason="", actor=actor, key=key, at=at)
    except ledger.AlreadyResolved:
        return  # somebody undid the posting itself, on the member's page


def _moment_bought(claim: Claim, at: datetime) -> datetime:
    """Noon of the day, or now: never ahead of the clock."""
    if claim.bought_on is None:
        return at
    noon = datetime.combine(claim.bought_on, datetime.min.time(), shop_time_zone()) + timedelta(hours=12)
    return min(noon.astimezone(timezone.get_default_timezone()), at)


def _decide(claim: Claim, state: State, answer: str, *, actor: Actor, at: datetime) -> None:
    before = claim.state
    claim.state, claim.answer, claim.decided_by, claim.decided_at = state, answer.strip()[:300], actor.name[:200], at
    claim.mail_at = at + claim_mail.AFTER
    claim.save()
    audit.record(
        f"claim.{state}", actor=actor, at=at, **_about(claim), changes={"state": [before, state]}, reason=claim.answer
    )
    record([_event("claim.decided", claim, at, outcome=str(state))], at=at)
    alarms.ring(claim_mail.ALARM, claim.mail_at)


def _about(claim: Claim) -> dict[str, Any]:
    return {"object_kind": "claim", "object_id": claim.pk, "object_label": str(claim.customer)}


def _event(kind: str, claim: Claim, at: datetime, **data: str) -> Happened:
    return Happened(kind, at, customer_id=claim.customer_id, subject_id=claim.pk, data=data)


@subscribe("customer.erased", name="loyalty.claims")
def forget_erased(happened: Sequence[Happened], at: datetime) -> None:
    """What an erased member told is forgotten, with the photos; an open claim is over."""
    told = Claim.objects.filter(customer_id__in=[h.customer_id for h in happened if h.customer_id])
    photos = list(told.exclude(photo="").values_list("photo", flat=True))
    told.filter(state=State.OPEN).update(state=State.WITHDRAWN, decided_at=at)
    told.update(number="", note="", photo="", answer="", mail_at=None)
    transaction.on_commit(lambda: receipts.forget(photos), robust=True)
