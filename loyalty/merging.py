"""Points of customers who became one, or were erased: moved lot by lot, or written off, by journals like any other.

Moved points keep their order and their times: a refund finds them where they went, and none expires earlier or later.
What an order earned is not taken back and earned again: that would lose the lots' times. Points that are set aside stay
with the old member until the hold is used or returned; what returns follows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from customers.models import Customer
from loyalty import telling
from loyalty.ledger_calls import ALARM, Command, command_of, fetch, to_json
from loyalty.models import Journal, OrderEarning
from staff.actors import SYSTEM
from tenants import alarms

MERGED, ERASED = "merged", "erased"  # why, as Journal.reason; in words in explaining.OUTCOMES


@subscribe("customer.merged", name="loyalty.merging")
def follow_merged(happened: Sequence[Happened], at: datetime) -> None:
    """Move what the one had to the one who is left."""
    for merged in happened:
        gone, left = merged.data["from"], merged.customer_id
        OrderEarning.objects.filter(customer=gone).update(customer=left)
        _transfer(gone, left, key=f"merge:{gone}", at=at)


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
