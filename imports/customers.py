"""Rows of customers: what they would do, and doing it. The same decisions serve the dry run and running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.copying import insert
from customers.cards import new_card_code
from customers.consents import current
from customers.events import Happened, record, tell
from customers.matching import take_turn
from customers.models import Consent, Customer, Identity
from imports.context import Context
from imports.mapping import ADD, FILL, LEAVE, SET
from imports.matching import STORE, Known, matched
from imports.outcomes import CREATE, ERROR, SKIP, UPDATE, Result, Touched, plain, value_of
from imports.people import DESCRIBED, Person
from imports.problems import Problem, problem
from loyalty.opening import Opening, open_balances

WRITTEN = (*DESCRIBED, "joined_at")


@dataclass(slots=True)
class _Case:
    """One row, whom it means, and what follows."""

    person: Person
    customer: Customer | None
    problem: Problem | None
    touched: Touched
    letter: str = SKIP
    moved: int = 0
    before: dict[str, Any] = field(default_factory=dict)

    def result(self) -> Result:
        changed = self.letter in (CREATE, UPDATE)
        return Result(
            self.person.row,
            1,
            self.letter,
            self.problem,
            self.person.label,
            self.moved,
            self.touched if changed else None,
        )


def foresee(people: Sequence[Person], context: Context) -> list[Result]:
    """What these rows would do as things stand. Writes nothing."""
    cases = _cases(people, context)
    for case in cases:
        if case.letter == ERROR or (case.customer is None and case.problem):
            continue
        case.moved = _points_to_move(case, context)
        if case.moved or case.person.consents:
            case.letter, case.problem = (case.letter if case.letter == CREATE else UPDATE), None
    return [case.result() for case in cases]


def bring(people: Sequence[Person], context: Context) -> list[Result]:
    """Do it: customers, their accounts, consents, points. Call inside a transaction."""
    take_turn()
    cases = _cases(people, context)
    taken = [case for case in cases if case.letter != ERROR and (case.customer or case.letter == CREATE)]
    _write_customers(taken, context)
    _write_consents(taken, context)
    _write_points(taken, context)
    return [case.result() for case in cases]


def _cases(people: Sequence[Person], context: Context) -> list[_Case]:
    """Each row with its outcome as far as it follows from particulars alone."""
    known = Known(people, context.run.source)
    cases = [_Case(p, customer, found, Touched(p.row)) for p, customer, found in matched(people, known)]
    for case in cases:
        if case.problem:
            case.letter = ERROR
        elif case.customer:
            case.touched.changes = _changes(case, known, context)
            case.letter = UPDATE if case.touched.changes else SKIP
            if case.letter == SKIP:
                case.problem = problem("left_alone" if context.mapping.existing == LEAVE else "nothing_new")
        elif context.mapping.new == ADD:
            case.letter = CREATE
        else:
            case.problem = problem("unknown_customer")
    return cases


def _changes(case: _Case, known: Known, context: Context) -> dict[str, list[Any]]:
    """The fields of a known customer that the row changes: [before, after]."""
    assert case.customer
    changes: dict[str, list[Any]] = {}
    person, policy = case.person, context.mapping.existing
    if person.external_id and not known.has_account(person.external_id):
        changes["account"] = [None, person.external_id]
    for name in DESCRIBED if policy != LEAVE else ():
        stated, present = getattr(person, name), getattr(case.customer, name)
        if stated and stated != present and (not present or policy != FILL):
            changes[name] = [plain(present), plain(stated)]
    if case.customer.joined_at is None:
        changes["joined_at"] = [None, plain(person.joined_at or context.at)]
    return changes


def _points_to_move(case: _Case, context: Context) -> int:
    """What posting would come to."""
    wanted = case.person.points
    if wanted is None:
        return 0
    balance = getattr(case.customer, "balance", None) if case.customer else None
    if context.mapping.points != SET or balance is None:
        return wanted
    return int(wanted - balance.available + balance.debt)


def _write_customers(cases: Sequence[_Case], context: Context) -> None:
    for case in cases:
        if case.customer is None:
            case.customer = _new_customer(case.person, context)
            case.touched.created = True
    new = [case.customer for case in cases if case.customer and case.touched.created]
    insert(new)
    changed = [case.customer for case in cases if case.customer and _take_over(case)]
    if changed:
        Customer.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN)
    _write_accounts(cases, context)
    told = [Happened("customer.created", context.at, customer_id=c.pk) for c in new]
    told += [Happened("customer.updated", context.at, customer_id=c.pk) for c in changed]
    tell(told, at=context.at)
    joined = [c.customer for c in cases if c.customer and (c.touched.created or "joined_at" in c.touched.changes)]
    data = {"import": context.run.pk}
    record(
        [Happened("customer.joined", c.joined_at or context.at, customer_id=c.pk, data=data) for c in joined],
        at=context.at,
    )


def _new_customer(person: Person, context: Context) -> Customer:
    since = min(person.joined_at or context.at, context.at)
    particulars = {name: getattr(person, name) for name in DESCRIBED}
    return Customer(card_code=new_card_code(), created_at=since, joined_at=since, **particulars)


def _take_over(case: _Case) -> bool:
    """Give a known customer what the row changes, and note whom it concerns. Tells whether their own row changes."""
    assert case.customer
    case.touched.customer = case.customer.pk
    fields = [name for name in case.touched.changes if name != "account"]
    if case.touched.created:
        case.touched.changes = {n: [None, v] for n in WRITTEN if (v := plain(getattr(case.customer, n)))}
        if case.person.external_id:
            case.touched.changes["account"] = [None, case.person.external_id]
        return False
    for name in fields:
        setattr(case.customer, name, value_of(name, case.touched.changes[name][1]))
    return bool(fields)


def _write_accounts(cases: Sequence[_Case], context: Context) -> None:
    insert(
        [
            Identity(
                customer=case.customer, kind=STORE, source=context.run.source, value=case.touched.changes["account"][1],
                proven_at=context.at,
            )
            for case in cases
            if "account" in case.touched.changes
        ]
    )  # fmt: skip


def _write_consents(cases: Sequence[_Case], context: Context) -> None:
    """Add what the rows state, with where it was given as evidence; a decision that is known is not repeated."""
    stating = [case for case in cases if case.person.consents]
    if not stating:
        return
    known = Consent.objects.filter(customer__in=[case.touched.customer for case in stating])
    seen = set(known.values_list("customer_id", "channel", "purpose", "granted", "at"))
    rows = []
    for case in stating:
        assert case.customer
        before = {} if case.touched.created else current(case.customer)
        for decision, header, said in case.person.consents:
            what = (decision.channel, decision.purpose)
            if (case.customer.pk, *what, decision.granted, decision.at) in seen:
                continue
            evidence = _evidence(case.person.row, header, said, context)
            rows.append(
                Consent(
                    customer=case.customer, channel=what[0], purpose=what[1], granted=decision.granted, at=decision.at,
                    source="import", evidence=evidence,
                )
            )  # fmt: skip
            case.touched.consents.append([*what, before[what].granted if what in before else None])
        if case.touched.consents and case.letter == SKIP:
            case.letter, case.problem = UPDATE, None
    insert(rows)


def _evidence(row: int, header: str, said: str, context: Context) -> dict[str, Any]:
    return {
        "import": context.run.pk, "file": context.run.file_name, "row": row, "column": header, "said": said,
        "given_at": context.mapping.where, "entered_by": context.run.created_by, "recorded_at": context.at.isoformat(),
    }  # fmt: skip


def _write_points(cases: Sequence[_Case], context: Context) -> None:
    with_points = [case for case in cases if case.person.points is not None]
    batch = [
        Opening(case.touched.customer or 0, case.person.points or 0, _key(case, context), case.person.expires_at)
        for case in with_points
    ]
    opened = open_balances(
        batch, to_set=context.mapping.points == SET, reason=context.reason, actor=context.actor, at=context.at
    )
    for case, posted in zip(with_points, opened, strict=True):
        case.touched.journal, case.moved = posted.journal_id, posted.moved
        if posted.journal_id and case.letter == SKIP:
            case.letter, case.problem = UPDATE, None


def _key(case: _Case, context: Context) -> str:
    return f"import:{context.run.pk}:{case.touched.customer}"
