"""What becomes of a redemption after it was taken: used, undone, cancelled, lapsed, given back.

Each change locks the balance, then the redemption; books the points; tells it. The same key again answers the same.
Orders that carry codes go their own way: carrying.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from customers.events import Happened, record
from customers.models import Event
from loyalty import ledger
from loyalty.models import Balance, Journal, Redemption
from loyalty.names import in_language
from staff import audit
from staff.actors import Actor
from tenants import alarms

__all__ = ["ALARM", "CannotUse", "cancel", "give_back", "lapse", "try_again", "unuse", "use"]

ALARM = "redemptions"  # the alarm that makes and withdraws codes and lets them lapse: issuing.py
UNDO = timedelta(seconds=15)  # a use at the till may be undone for ten seconds; the store's code is left alone so long
State, AtStore = Redemption.State, Redemption.AtStore
# Why points came back, as Journal.reason; in words in explaining.OUTCOMES.
LAPSED, RETURNED, UNDONE, USED_AFTER_ALL = "reward_lapsed", "reward_returned", "reward_undone", "reward_used_after_all"


class CannotUse(Exception):
    """It can't be done as the redemption stands. `code`: unknown, ready, used, cancelled, lapsed, returned; the message
    is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@transaction.atomic
def use(
    redemption_id: int, *, actor: Actor, key: str, at: datetime, order_id: int | None = None,
    used_minor: int | None = None, used_by: str = "",
) -> Redemption:  # fmt: skip
    """Use it: its points are captured, a code at a store is withdrawn. At the till not after its time is over.

    `used_minor` is what it took off, where known; `used_by` who took it in, the actor's name by default.
    Raises CannotUse. The same key again answers the same; once the use was undone it is refused as "ready".
    """
    redemption = locked(redemption_id)
    if was_done(redemption, "reward.used", key):
        if redemption.state == State.READY:
            raise CannotUse("ready", _("This was undone. Start again."))
        return redemption
    if redemption.state != State.READY:
        raise not_as_it_stands(redemption)
    if order_id is None and at > redemption.valid_until:
        raise CannotUse("lapsed", _("This code was valid until an earlier day."))
    do_use(redemption, actor=actor, at=at, order_id=order_id, used_minor=used_minor, used_by=used_by, key=key)
    write_trail("reward.used", redemption, actor, at)
    return redemption


@transaction.atomic
def unuse(redemption_id: int, *, actor: Actor, key: str, at: datetime) -> Redemption:
    """Undo a use at the till: it is ready again, its points set aside. Where what the member owes has eaten them, it is
    returned instead. Raises CannotUse: not used, or used by an order. The same key again answers the same.
    """
    redemption = locked(redemption_id)
    if was_done(redemption, "reward.unused", key):
        return redemption
    if redemption.state != State.USED or redemption.order_id is not None:
        raise not_as_it_stands(redemption)
    if redemption.hold_id is not None:
        _reverse_capture(redemption, reason=UNDONE, actor=actor, at=at)
        hold_again(redemption, reason=UNDONE, actor=actor, at=at)
    redemption.state, redemption.settled_at, redemption.used_by, redemption.used_minor = State.READY, None, "", None
    _put_back_at_store(redemption, at)
    _save(redemption)
    tell("reward.unused", redemption, at, key=key)
    write_trail("reward.unused", redemption, actor, at)
    return redemption


@transaction.atomic
def cancel(redemption_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Redemption:
    """Cancel one that is not used; its points return to their lots at once, its code is withdrawn at the store after.

    Raises CannotUse. The same key again answers the same.
    """
    redemption = locked(redemption_id)
    if was_done(redemption, "reward.cancelled", key):
        return redemption
    if redemption.state != State.READY:
        raise not_as_it_stands(redemption)
    if redemption.hold_id is not None:
        named = journal_key("void", str(redemption.hold_id))
        ledger.void(redemption.hold_id, reason=reason, actor=actor, key=named, at=at)
    redemption.state, redemption.settled_at = State.CANCELLED, at
    withdraw_later(redemption, at)
    _save(redemption)
    tell("reward.cancelled", redemption, at, key=key, reason=reason[:300])
    write_trail("reward.cancelled", redemption, actor, at, reason=reason)
    return redemption


@transaction.atomic
def lapse(redemption_id: int, *, actor: Actor, at: datetime) -> Redemption:
    """Let one go whose time is over; the points return to their lots. Nothing for one that is not ready."""
    redemption = locked(redemption_id)
    if redemption.state != State.READY:
        return redemption
    if redemption.hold_id is not None:
        named = journal_key("void", str(redemption.hold_id))
        ledger.void(redemption.hold_id, reason=LAPSED, actor=actor, key=named, at=at)
    redemption.state, redemption.settled_at = State.LAPSED, at
    withdraw_later(redemption, at)
    _save(redemption)
    tell("reward.lapsed", redemption, at)
    return redemption


@transaction.atomic
def give_back(redemption_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Redemption:
    """Return the points of a used one to their lots; it is returned, not ready again. Raises CannotUse.

    The same key again answers the same.
    """
    redemption = locked(redemption_id)
    if was_done(redemption, "reward.returned", key):
        return redemption
    if redemption.state != State.USED:
        raise not_as_it_stands(redemption)
    do_give_back(redemption, reason=reason, actor=actor, at=at, key=key)
    write_trail("reward.returned", redemption, actor, at, reason=reason)
    return redemption


@transaction.atomic
def try_again(redemption_id: int, *, actor: Actor, at: datetime) -> Redemption:
    """Ask the store once more for a code that it refused. Raises CannotUse."""
    redemption = locked(redemption_id)
    if redemption.state != State.READY or redemption.at_store != AtStore.FAILED:
        raise not_as_it_stands(redemption)
    _at_store(redemption, AtStore.WANTED, at)
    _save(redemption)
    write_trail("reward.tried_again", redemption, actor, at)
    return redemption


# ── steps, for whoever holds the locks ─────────────────────────────────────────────────────────


def locked(redemption_id: int) -> Redemption:
    """The redemption, its member's balance locked before it: of a gift too, for what is told of it is counted there.

    After a merging the points may lie with the old member: then both balances. Raises CannotUse("unknown").
    """
    its = Redemption.objects.filter(pk=redemption_id).values_list("customer_id", "hold__customer_id").first()
    if its is not None:
        ledger.lock(member for member in its if member is not None)
    found = Redemption.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=redemption_id)
    if (redemption := found.first()) is None:
        raise CannotUse("unknown", _("There is no such code."))
    return redemption


def do_use(
    redemption: Redemption, *, actor: Actor, at: datetime, order_id: int | None, used_minor: int | None,
    used_by: str, key: str = "",
) -> None:  # fmt: skip
    """Capture and mark as used a redemption that is locked and ready."""
    if redemption.hold_id is not None:
        ledger.capture(redemption.hold_id, actor=actor, key=journal_key("capture", str(redemption.hold_id)), at=at)
    redemption.state, redemption.settled_at, redemption.order_id = State.USED, at, order_id
    redemption.used_minor, redemption.used_by = used_minor, (used_by or actor.name)[:200]
    if order_id is None:
        withdraw_later(redemption, at + UNDO)
    else:
        redemption.due_at = None  # its one use is gone; a code in the making is withdrawn by whoever makes it
    _save(redemption)
    tell("reward.used", redemption, at, key=key, order=order_id)


def do_give_back(redemption: Redemption, *, reason: str, actor: Actor, at: datetime, key: str = "") -> None:
    """Return the points of one that is locked and used."""
    if redemption.hold_id is not None:
        _reverse_capture(redemption, reason=reason, actor=actor, at=at)
    redemption.state, redemption.settled_at = State.RETURNED, at
    _save(redemption)
    tell("reward.returned", redemption, at, key=key)


def hold_again(redemption: Redemption, *, reason: str, actor: Actor, at: datetime) -> None:
    """Set the points aside once more, what is missing as debt: the member has had the reward.

    Missing points are lent by an adjustment, set aside, and the loan is undone: what it can't take back is owed.
    """
    member = redemption.customer_id
    told = f"{redemption.pk}:{redemption.hold_id}"  # each holding follows another one
    key = journal_key("again", told)
    ledger.lock([member])
    try:
        redemption.hold = ledger.hold(member, redemption.points, reason=reason, actor=actor, key=key, at=at)
        return
    except ledger.NotEnoughPoints:
        balance = Balance.objects.get(pk=member)
    lent = ledger.adjust(
        member, redemption.points - balance.available + balance.debt, reason=reason, actor=actor,
        key=journal_key("lend", told), at=at, expires_at=None,
    )  # fmt: skip
    redemption.hold = ledger.hold(member, redemption.points, reason=reason, actor=actor, key=key, at=at)
    ledger.reverse(lent.pk, reason=reason, actor=actor, key=journal_key("lent", told), at=at)


def withdraw_later(redemption: Redemption, due_at: datetime) -> None:
    """See that the store's checkout takes the code no more; one that is wanted may be in the making just now."""
    if redemption.at_store in (AtStore.MADE, AtStore.WANTED):
        _at_store(redemption, AtStore.WITHDRAWING, due_at)
    elif redemption.at_store != AtStore.WITHDRAWING:
        redemption.due_at = None


def tell(kind: str, redemption: Redemption, at: datetime, **more: object) -> None:
    """Record what became of it."""
    told = {"reward": redemption.reward, "points": redemption.points, **{k: v for k, v in more.items() if v}}
    record([Happened(kind, at, redemption.customer_id, redemption.pk, told)], at=at)


def was_done(redemption: Redemption, kind: str, key: str) -> bool:
    """Whether this was done before, under this key."""
    past = Event.objects.filter(customer=redemption.customer_id, kind=kind, subject_id=redemption.pk)
    return past.filter(data__key=key).exists()


def not_as_it_stands(redemption: Redemption) -> CannotUse:
    """Why nothing more can be done with it."""
    words = {
        State.READY: _("This code has not been used yet."),
        State.USED: _("This code has been used already."),
        State.CANCELLED: _("This code was cancelled."),
        State.LAPSED: _("This code was valid until an earlier day."),
        State.RETURNED: _("This code was used, and its points were given back."),
    }
    return CannotUse(redemption.state, words[State(redemption.state)])


def journal_key(verb: str, key: str) -> str:
    """The idempotency key of a journal, of at most 120 characters."""
    named = f"reward:{verb}:{key}"
    return named if len(named) <= 120 else f"reward:{verb}:{sha256(key.encode()).hexdigest()}"


def write_trail(action: str, redemption: Redemption, actor: Actor, at: datetime, *, reason: str = "") -> None:
    """Into the audit trail, when it was a person of the shop."""
    if actor.kind == "staff":
        audit.record(
            action, actor=actor, at=at, object_kind="customer", object_id=redemption.customer_id,
            object_label=str(redemption.customer), reason=reason,
            changes={"reward": [None, in_language(redemption.terms["name"])]},
        )  # fmt: skip


def _reverse_capture(redemption: Redemption, *, reason: str, actor: Actor, at: datetime) -> None:
    capture = Journal.objects.get(resolves=redemption.hold_id, kind=Journal.Kind.CAPTURE)
    ledger.reverse(capture.pk, reason=reason, actor=actor, key=journal_key("reverse", str(capture.pk)), at=at)


def _put_back_at_store(redemption: Redemption, at: datetime) -> None:
    """The code is good again: where its withdrawal has not begun it stays, else it is made anew."""
    if redemption.at_store == AtStore.WITHDRAWING and redemption.due_at and at < redemption.due_at:
        _at_store(redemption, AtStore.MADE if redemption.external_id else AtStore.WANTED, at)
    elif redemption.at_store in (AtStore.WITHDRAWING, AtStore.WITHDRAWN):
        _at_store(redemption, AtStore.WANTED, at)
    if redemption.at_store in (AtStore.MADE, AtStore.NONE, AtStore.FAILED):
        redemption.due_at = redemption.valid_until


def _at_store(redemption: Redemption, state: str, due_at: datetime) -> None:
    redemption.at_store, redemption.due_at = state, due_at
    redemption.attempts, redemption.problem = 0, ""


def _save(redemption: Redemption) -> None:
    redemption.save()
    if redemption.due_at is not None:
        alarms.ring(ALARM, redemption.due_at)
