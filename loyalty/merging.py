"""Points of customers who became one, or were erased: moved lot by lot, or written off, by journals like any other.

Moved points keep their order and their times: a refund finds them where they went, and none expires earlier or later.
What an order earned is not taken back and earned again: that would lose the lots' times. Points that are set aside stay
with the old member until the hold is used or returned; what returns follows at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum

from customers.events import Happened, subscribe
from customers.models import Customer
from loyalty import telling
from loyalty.ledger_calls import ALARM, Command, command_of, fetch, to_json
from loyalty.models import Balance, Claim, Entry, Journal, OrderEarning, Redemption
from loyalty.programme import expiry_of_points_given
from staff.actors import SYSTEM
from tenants import alarms

MERGED, UNMERGED, ERASED = "merged", "unmerged", "erased"  # why, as Journal.reason; in words in explaining.OUTCOMES


@subscribe("customer.merging", name="loyalty.merging")
def note_what_moves(happened: Sequence[Happened], at: datetime) -> None:
    """Before anything moves, note what the one has here, for follow_unmerged."""
    hold_still(happened, at)
    for merging in happened:
        gone, moved = merging.subject_id, merging.subject
        earned = OrderEarning.objects.filter(customer=gone).values_list("order_id", "posted")
        moved["posted"] = {str(order): posted for order, posted in earned}
        moved["redemptions"] = list(Redemption.objects.filter(customer=gone).values_list("pk", flat=True))
        moved["claims"] = list(Claim.objects.filter(customer=gone).values_list("pk", flat=True))
        both = Balance.objects.filter(customer__in=[gone, merging.customer_id])
        moved["tiers"] = {str(b.pk): [b.tier, _text(b.tier_since), _text(b.tier_until)] for b in both}


@subscribe("customer.erasing", name="loyalty.merging")
@subscribe("customer.unmerging", name="loyalty.merging")
def hold_still(happened: Sequence[Happened], at: datetime) -> None:
    """Lock their balances, then their redemptions, as every verb does, before their own rows are written.

    Otherwise a till that has locked a balance would wait for the customer's row, and who writes that for the balance.
    """
    for h in happened:
        both = [pk for pk in (h.customer_id, h.subject_id) if pk is not None]
        fetch("SELECT loyalty_lock(%s::bigint[])", [both])
        list(Redemption.objects.filter(customer__in=both).order_by("pk").select_for_update().values_list("pk"))


@subscribe("customer.merged", name="loyalty.merging")
def follow_merged(happened: Sequence[Happened], at: datetime) -> None:
    """Move what the one had to the one who is left. Notices stay with whom they were sent to: they are proof."""
    for merged in happened:
        gone, left = merged.data["from"], merged.customer_id
        OrderEarning.objects.filter(customer=gone).update(customer=left)
        Claim.objects.filter(customer=gone).update(customer=left)
        _transfer(gone, left, key=_fresh_key("merge", gone), at=at)


@subscribe("customer.unmerged", name="loyalty.merging")
def follow_unmerged(happened: Sequence[Happened], at: datetime) -> None:
    """Give back what moved. What was spent meanwhile stays spent by who is left; what is left of it goes back."""
    for unmerged in happened:
        gone, left = unmerged.data["from"], unmerged.customer_id
        assert left is not None
        moved, orders = unmerged.subject.moved, unmerged.subject.orders
        OrderEarning.objects.filter(order__in=orders, customer=left).update(customer=gone)
        Redemption.objects.filter(pk__in=moved.get("redemptions", []), customer=left).update(customer=gone)
        Claim.objects.filter(pk__in=moved.get("claims", []), customer=left).update(customer=gone)
        _transfer_back(gone, left, unmerged, at)
        _restore_tiers(gone, left, moved.get("tiers", {}), unmerged.subject.merged_at)


@subscribe("customer.erased", name="loyalty.merging")
def follow_erased(happened: Sequence[Happened], at: datetime) -> None:
    """Write off what they had."""
    for erased in happened:
        _write_off(erased.customer_id, key=f"erase:{erased.customer_id}", at=at)


def follow(journal: Journal, *, at: datetime) -> None:
    """Points came back to a member who is not there any more: they go where the others went."""
    customer = Customer.objects.only("merged_into", "erased_at").get(pk=journal.customer_id)
    if customer.merged_into_id:
        _transfer(customer.pk, customer.merged_into_id, key=f"merge:{customer.pk}:{journal.pk}", at=at)
    elif customer.erased_at:
        _write_off(customer.pk, key=f"erase:{customer.pk}:{journal.pk}", at=at)


def _transfer_back(gone: int, left: int, unmerged: Happened, at: datetime) -> None:
    """By journals, like any other movement: see loyalty/sql/moving.sql."""
    since = {"kind": Journal.Kind.TRANSFER, "recorded_at__gte": unmerged.subject.merged_at}
    came = Journal.objects.filter(customer=left, key__startswith=f"merge:{gone}", key__endswith=":in", **since)
    went = Journal.objects.filter(customer=gone, key__startswith=f"merge:{gone}", **since).exclude(key__endswith=":in")
    sources = [pk for pk, key in came.values_list("pk", "key") if key.split(":")[1] == str(gone)]
    outs = list(went.values_list("pk", flat=True))
    command = command_of(
        "transfer_back", actor=SYSTEM, key=_fresh_key("unmerge", gone), reason=UNMERGED, customer_id=left,
        into_id=gone, sources=sources, outs=outs, orders=list(unmerged.subject.orders),
        earned=_ever_earned(outs, unmerged), expires_at=expiry_of_points_given(at),
    )  # fmt: skip
    _carry_out("loyalty_transfer_back", command, at)


def _ever_earned(outs: Sequence[int], unmerged: Happened) -> int:
    """What the one had earned when the two were merged, and what the orders that go back have earned since."""
    then = Entry.objects.filter(journal__in=outs, account=Entry.Account.ISSUED).aggregate(all=Sum("points"))["all"]
    now = OrderEarning.objects.filter(order__in=unmerged.subject.orders).aggregate(all=Sum("posted"))["all"]
    returning = {str(order) for order in unmerged.subject.orders}
    before = sum(points for order, points in unmerged.subject.moved["posted"].items() if order in returning)
    return int(then or 0) + int(now or 0) - before


def _restore_tiers(gone: int, left: int, tiers: Mapping[str, Sequence[Any]], merged_at: datetime) -> None:
    """The one's tier as it was; the other's too if it came by the merging. Then tier_reviews looks at both."""
    for pk, (tier, since, until) in tiers.items():
        its = Balance.objects.filter(pk=int(pk))
        if int(pk) == left:
            its = its.filter(tier_since__gte=merged_at)
        its.update(tier=tier, tier_since=_moment(since), tier_until=_moment(until))
    if str(gone) not in tiers:
        Balance.objects.filter(pk=gone).update(tier="", tier_since=None, tier_until=None)


def _fresh_key(verb: str, gone: int) -> str:
    """Who was merged, parted and merged again moves their points each time anew."""
    times = Journal.objects.filter(customer=gone, kind=Journal.Kind.TRANSFER).count()
    return f"{verb}:{gone}:again:{times}" if times else f"{verb}:{gone}"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _transfer(gone: int, left: int | None, *, key: str, at: datetime) -> None:
    command = command_of("transfer", actor=SYSTEM, key=key, reason=MERGED, customer_id=gone, into_id=left)
    _carry_out("loyalty_transfer", command, at)


def _write_off(customer: int | None, *, key: str, at: datetime) -> None:
    command = command_of("write_off", actor=SYSTEM, key=key, reason=ERASED, customer_id=customer)
    _carry_out("loyalty_write_off", command, at)


def _carry_out(function: str, command: Command, at: datetime) -> None:
    """Unlike the verbs of ledger.py these may find nothing to do, and then write nothing."""
    sql = f"SELECT journal, is_new, due, arrived, {telling.heard()} FROM {function}(%s, %s)"  # noqa: S608
    journal, is_new, due, arrived, heard = fetch(sql, [to_json(command), at])
    if due:
        alarms.ring(ALARM, due)
    if heard and is_new:
        telling.tell_of([told for told in (journal, arrived) if told], at=at)
