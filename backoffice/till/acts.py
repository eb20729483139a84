"""What is done for a member at the till: points, stamps, rewards, codes; and the undoing of each within seconds.

Every act carries the key of the form it was sent with. A form that is sent again, because its answer got lost or was
pressed twice, has no second effect and gets the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from customers.models import Customer, Event, Order
from loyalty import counter, ledger, redemption, stamps, using
from loyalty.models import Redemption, Stamp
from loyalty.names import in_language
from loyalty.programme import in_force
from staff.actors import Actor


class Refused(Exception):
    """It can't be done; the message says so to staff."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to, for the screen that says so."""

    kind: str  # purchase, stamp, reward, code; what undoing needs to know
    customer_id: int
    headline: str
    text: str = ""
    reference: str = ""  # of a code: its redemption
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when, and the key of the form; `unit` is what the shop calls its points."""

    actor: Actor
    at: datetime
    key: str
    unit: str = "P"

    @property
    def named(self) -> str:
        """The key among those of other pages."""
        return f"till:{self.key}"


def purchase(customer_id: int, amount_minor: int, act: Act, *, approved_by: str = "") -> Done:
    """A purchase of this much, and its points. Raises Refused."""
    try:
        done = counter.purchase(
            customer_id, amount_minor, key=act.key, at=act.at, actor=act.actor, approved_by=approved_by
        )
    except counter.KeyTaken as error:
        raise _sent_before() from error
    except counter.CounterError as error:
        raise Refused(_("Type the amount first.")) from error
    if done.is_undone:
        raise Refused(_("This purchase was undone. Start again."))
    paid = formatting.money(done.order.total, done.order.currency)
    return Done("purchase", customer_id, formatting.signed_points(done.points, act.unit), paid)


def stamp(customer_id: int, card_key: str, count: int, act: Act) -> Done:
    """Stamps on a card; a full card becomes its reward. Raises Refused."""
    try:
        given = stamps.stamp(customer_id, card_key, count, key=act.named, at=act.at, actor=act.actor)
    except stamps.CannotStamp as error:
        raise Refused(error.message) from error
    except ledger.KeyReused as error:
        raise _sent_before() from error
    if not given.is_new and Stamp.objects.filter(key=f"{act.named}:undone").exists():
        raise Refused(_("This was undone. Start again."))
    headline = ngettext("+%(number)s stamp", "+%(number)s stamps", count) % {"number": formatting.count(count)}
    if given.completed:
        text = _("The card is full: %(reward)s") % {"reward": in_language(given.completed.terms["name"])}
    else:
        on_card = ngettext("%(number)s stamp on the card", "%(number)s stamps on the card", given.after)
        text = on_card % {"number": formatting.count(given.after)}
    return Done("stamp", customer_id, headline, text)


def reward(customer_id: int, reward_key: str, points: int | None, act: Act) -> Done:
    """Take a reward for points and use it at once. Raises Refused."""
    try:
        with transaction.atomic():
            taken = redemption.redeem(
                customer_id, reward_key, points=points, where="till", key=act.named, at=act.at, actor=act.actor
            )
            _refuse_undone(taken)
            used = redemption.use(taken.pk, key=f"{act.named}:use", at=act.at, actor=act.actor)
    except redemption.CannotRedeem as error:
        raise Refused(error.message) from error
    except redemption.CannotUse as error:
        raise Refused(error.message) from error
    except ledger.NotEnoughPoints as error:
        raise Refused(_("The member does not have that many points.")) from error
    except ledger.KeyReused as error:
        raise _sent_before() from error
    cost = formatting.signed_points(-used.points, act.unit)
    return Done("reward", customer_id, in_language(used.terms["name"]), cost)


def code(redemption_id: int, act: Act) -> Done:
    """Use a code that the member has. Raises Refused."""
    terms = Redemption.objects.values_list("terms", flat=True).filter(pk=redemption_id).first()
    if terms and "till" not in terms.get("where", ("till",)):
        raise Refused(_("This code is for the online shop only."))
    try:
        used = redemption.use(redemption_id, key=f"{act.named}:use", at=act.at, actor=act.actor)
    except redemption.CannotUse as error:
        raise Refused(error.message) from error
    return Done("code", used.customer_id, in_language(used.terms["name"]), _("Code used"), reference=str(used.pk))


def was_used_before(customer_id: int, act: Act) -> bool:
    """Whether this very form has used a reward or a code already, and is only asking for the answer once more."""
    return _uses(customer_id).filter(data__key=f"{act.named}:use").exists()


def undo(kind: str, reference: str, act: Act) -> Done:
    """Take an act of this key back. Undone twice is undone once. Raises Refused."""
    undoing = {"purchase": _undo_purchase, "stamp": _undo_stamp, "reward": _undo_reward, "code": _undo_code}.get(kind)
    if undoing is None:
        raise Refused(_("There is nothing to undo."))
    try:
        done = undoing(reference, act)
    except (Order.DoesNotExist, Redemption.DoesNotExist, Stamp.DoesNotExist) as error:
        raise Refused(_("There is nothing to undo.")) from error
    except counter.TooLate as error:
        raise Refused(_("The time for undoing is over.")) from error
    except (stamps.CannotStamp, redemption.CannotUse) as error:
        raise Refused(error.message) from error
    return replace(done, kind=kind, is_undone=True)


def _undo_purchase(_reference: str, act: Act) -> Done:
    undone = counter.undo(act.key, at=act.at, actor=act.actor)
    assert undone.order.customer_id is not None
    return Done("", undone.order.customer_id, _("Undone"), _("The points of this purchase were taken back."))


def _undo_stamp(_reference: str, act: Act) -> Done:
    given = Stamp.objects.filter(key__startswith=act.named).order_by("id")[:1].get()
    _refuse_late(given.at, act.at)
    stamps.undo(act.named, actor=act.actor, at=act.at)
    return Done("", given.customer_id, _("Undone"), _("The stamp was taken back."))


@transaction.atomic
def _undo_reward(_reference: str, act: Act) -> Done:
    taken = using.locked(Redemption.objects.get(key=act.named).pk)
    _refuse_late(taken.created_at, act.at)
    _refuse_others(taken, act)
    redemption.unuse(taken.pk, key=f"{act.named}:unuse", actor=act.actor, at=act.at)
    redemption.cancel(taken.pk, reason="", key=f"{act.named}:cancel", actor=act.actor, at=act.at)
    return Done("", taken.customer_id, _("Undone"), _("The points are back."))


@transaction.atomic
def _undo_code(reference: str, act: Act) -> Done:
    used = using.locked(int(reference) if reference.isascii() and reference.isdigit() else 0)
    _refuse_late(used.settled_at, act.at)
    _refuse_others(used, act)
    redemption.unuse(used.pk, key=f"{act.named}:unuse", actor=act.actor, at=act.at)
    return Done("", used.customer_id, _("Undone"), _("The code can be used again."))


def _refuse_late(done_at: datetime | None, at: datetime) -> None:
    if done_at is not None and at > done_at + counter.UNDO_WITHIN:
        raise Refused(_("The time for undoing is over."))


def _refuse_others(used: Redemption, act: Act) -> None:
    """Whoever used it last did so by this form: nobody else's use is taken back. Call with the redemption locked."""
    last = _uses(used.customer_id).filter(subject_id=used.pk).order_by("-id").first()
    if last is None or last.data.get("key") != f"{act.named}:use":
        raise Refused(_("There is nothing to undo."))


def _uses(customer_id: int) -> QuerySet[Event]:
    return Event.objects.filter(customer=customer_id, kind="reward.used")


def _refuse_undone(taken: Redemption) -> None:
    if taken.state in (Redemption.State.CANCELLED, Redemption.State.RETURNED):
        raise Refused(_("This was undone. Start again."))


def _sent_before() -> Refused:
    return Refused(_("This form was sent before with other values. Open it again."))


def points_of(reward_key: str, points: int | None, at: datetime) -> int:
    """What taking this reward costs in points, as far as that is known before it is tried."""
    version = in_force(at)
    found = next((r for r in version.terms.rewards if r.key == reward_key), None) if version else None
    return (points or 0) if found is None or found.kind == "variable" else found.points


def is_here(customer_id: int) -> Customer | None:
    """The customer, unless erased or become part of another."""
    return Customer.objects.present().filter(pk=customer_id).first()
