"""Members in a change of many: what it would do to each, and doing it. The same decisions serve both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customers.events import Happened, record, tell
from customers.matching import take_turn
from customers.models import Customer
from customers.tagging import MOST, change_tags
from imports.bulk import change_of
from imports.context import Context
from imports.lines import Unit
from imports.models import Run
from imports.outcomes import SKIP, UPDATE, Result, Touched, plain
from imports.problems import Problem, problem
from loyalty.many import adjust_many


@dataclass(frozen=True, slots=True)
class Member:
    """One line."""

    row: int
    customer_id: int
    label: str
    signs: tuple[str, ...] = ()  # nobody stands in the lines twice


def member_of(unit: Unit, context: Context) -> Member:
    """Read one line."""
    number, name, card = unit.cells[0]
    return Member(unit.row, int(number), name or card)


def foresee(members: Sequence[Member], context: Context) -> list[Result]:
    """What the change would do as things stand. Writes nothing."""
    there = _there(members)
    return [_result(member, _obstacle(there.get(member.customer_id), context.run), context.run) for member in members]


def bring(members: Sequence[Member], context: Context) -> list[Result]:
    """Do it. Call inside a transaction."""
    take_turn()
    there = _there(members)
    results, able = [], []
    for member in members:
        if obstacle := _obstacle(there.get(member.customer_id), context.run):
            results.append(_result(member, obstacle, context.run))
        else:
            able.append(member)
    carry_out = {Run.Kind.POINTS: _adjust, Run.Kind.TAGS: _tag, Run.Kind.ENROL: _enrol}[Run.Kind(context.run.kind)]
    return results + carry_out(able, context)


def _there(members: Sequence[Member]) -> dict[int, Customer]:
    found = Customer.objects.present().filter(pk__in=[member.customer_id for member in members])
    return {customer.pk: customer for customer in found.select_related("balance")}


def _obstacle(customer: Customer | None, run: Run) -> Problem | None:
    """Why nothing happens to this one; None when something does."""
    change = change_of(run)
    if customer is None:
        return problem("not_there")
    if change.kind == Run.Kind.ENROL:
        return problem("member_already") if customer.joined_at else None
    if change.kind == Run.Kind.TAGS:
        return _tags_in_the_way(customer, set(change.add), set(change.remove))
    balance = getattr(customer, "balance", None)
    available = balance.available if balance else 0
    return problem("too_few_points", points=available) if available + change.points < 0 else None


def _tags_in_the_way(customer: Customer, add: set[str], remove: set[str]) -> Problem | None:
    has = set(customer.tags)
    after = (has | add) - remove
    if after == has:
        return problem("tagged_already")
    return problem("too_many_tags", most=MOST) if len(after) > max(MOST, len(has)) else None


def _result(member: Member, obstacle: Problem | None, run: Run) -> Result:
    if obstacle:
        return Result(member.row, 1, SKIP, obstacle, member.label)
    return Result(member.row, 1, UPDATE, None, member.label, points=change_of(run).points)


def _adjust(members: Sequence[Member], context: Context) -> list[Result]:
    change, run = change_of(context.run), context.run
    ids = [member.customer_id for member in members]
    posted = adjust_many(
        ids, change.points, reason=change.reason, actor=context.actor, key=f"bulk:{run.pk}", at=context.at
    )
    results = []
    for member, one in zip(members, posted, strict=True):
        if one.journal_id is None:  # spent meanwhile
            results.append(Result(member.row, 1, SKIP, problem("too_few_points", points=0), member.label))
            continue
        touched = Touched(member.row, customer=member.customer_id, journal=one.journal_id)
        results.append(Result(member.row, 1, UPDATE, None, member.label, one.moved, touched))
    return results


def _tag(members: Sequence[Member], context: Context) -> list[Result]:
    change = change_of(context.run)
    changed = change_tags([m.customer_id for m in members], change.add, change.remove, at=context.at)
    return [
        Result(
            member.row, 1, UPDATE, None, member.label,
            touched=Touched(member.row, member.customer_id, changes={"tags": changed[member.customer_id]}),
        )
        for member in members
        if member.customer_id in changed
    ]  # fmt: skip


def _enrol(members: Sequence[Member], context: Context) -> list[Result]:
    ids = [member.customer_id for member in members]
    Customer.objects.filter(pk__in=ids, joined_at=None).update(joined_at=context.at)
    tell([Happened("customer.updated", context.at, customer_id=pk) for pk in ids], at=context.at)
    data = {"bulk": context.run.pk}
    record([Happened("customer.joined", context.at, customer_id=pk, data=data) for pk in ids], at=context.at)
    joined = {"joined_at": [None, plain(context.at)]}
    return [
        Result(m.row, 1, UPDATE, None, m.label, touched=Touched(m.row, m.customer_id, changes=joined)) for m in members
    ]
