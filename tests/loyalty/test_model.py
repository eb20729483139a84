"""The ledger in the database does what the ledger in plain Python does, whatever is asked of it and in what order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loyalty import ledger
from loyalty.audit import audit
from loyalty.ledger import ClawBack, Earn
from loyalty.ledger_errors import REFUSALS
from loyalty.models import Balance, Journal, Lot
from staff.actors import SYSTEM
from tests.loyalty.members import member, order_of, told_of_expiry
from tests.loyalty.model_ledger import ModelMember, Refused
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]

points = st.integers(1, 60)
no_or_days = st.none() | st.integers(1, 40)
pick = st.integers(0, 10_000)


class LedgerMachine(RuleBasedStateMachine):
    """One member who has some points, two orders, and a clock that only goes forward."""

    keys = itertools.count(1)

    @initialize(waits=st.lists(no_or_days, min_size=2, max_size=3))
    def begin(self, waits: list[int | None]) -> None:
        self.at = NOW
        self.member = member()
        self.model = ModelMember()
        self.orders = [order_of(self.member) for _ in range(2)]
        self.sent: list[Callable[[], Any]] = []
        for order, wait in enumerate(waits):
            self.earn(points=50, wait=wait, life=wait and wait + 5, order=order if order < 2 else None)

    def both(self, in_database: Callable[[], Any], in_model: Callable[[], None]) -> None:
        """Ask both; they must agree on whether it is refused and why. What is refused leaves nothing behind."""
        before = deepcopy(self.model)
        try:
            in_model()
        except Refused as refused:
            self.model = before
            with pytest.raises(REFUSALS[str(refused)]):
                in_database()
        else:
            in_database()
            self.sent.append(in_database)

    def command(self, reason: str = "") -> dict[str, Any]:
        return {"reason": reason, "actor": SYSTEM, "key": f"k{next(self.keys)}", "at": self.at}

    def of_kind(self, *kinds: str) -> list[str]:
        return [key for key, done in self.model.journals.items() if done.kind in kinds]

    def posted(self, order: int) -> int:
        mine = [done for done in self.model.journals.values() if done.order == self.orders[order]]
        return sum(done.points if done.kind == "earn" else -done.points for done in mine)

    @rule(points=points, wait=no_or_days, life=no_or_days, order=st.none() | st.integers(0, 1))
    def earn(self, points: int, wait: int | None, life: int | None, order: int | None) -> None:
        key, at = f"k{next(self.keys)}", self.at
        matures = at + timedelta(days=wait) if wait else None
        expires = at + timedelta(days=life + (wait or 0)) if life else None
        order_id = None if order is None else self.orders[order]
        command = Earn(self.member, points, key, at, matures, expires, order_id)
        self.both(
            lambda: ledger.earn([command], actor=SYSTEM, at=at),
            lambda: self.model.earn(key, points, at, matures, expires, order_id),
        )

    @precondition(lambda self: self.posted(0) or self.posted(1))
    @rule(part=st.integers(1, 4), order=st.integers(0, 1))
    def claw_back(self, part: int, order: int) -> None:
        order = order if self.posted(order) else 1 - order
        points, key, at = -(-self.posted(order) * part // 4), f"k{next(self.keys)}", self.at
        command = ClawBack(self.member, points, key, self.orders[order], at)
        self.both(
            lambda: ledger.claw_back([command], actor=SYSTEM, at=at),
            lambda: self.model.claw_back(key, points, at, self.orders[order]),
        )

    @rule(points=st.integers(-40, 40).filter(bool), life=no_or_days)
    def adjust(self, points: int, life: int | None) -> None:
        expires = self.at + timedelta(days=life) if life and points > 0 else None
        told = self.command()
        self.both(
            lambda: ledger.adjust(self.member, points, expires_at=expires, **told),
            lambda: self.model.adjust(told["key"], points, told["at"], expires),
        )

    @rule(points=points)
    def hold(self, points: int) -> None:
        told = self.command()
        self.both(
            lambda: ledger.hold(self.member, points, **told),
            lambda: self.model.hold(told["key"], points, told["at"]),
        )

    @precondition(lambda self: self.of_kind("hold"))
    @rule(which=pick, used=st.none() | st.just(0) | st.integers(1, 40))
    def resolve(self, which: int, used: int | None) -> None:
        holds, told = self.of_kind("hold"), self.command()
        hold = holds[which % len(holds)]
        hold_id = Journal.objects.get(key=hold).pk
        self.both(
            lambda: ledger.void(hold_id, **told) if used == 0 else ledger.capture(hold_id, points=used, **told),
            lambda: self.model.resolve(told["key"], hold, used, told["at"]),
        )

    @rule(which=pick)
    def reverse(self, which: int) -> None:
        keys, told = self.of_kind("adjust", "capture", "earn", "hold"), self.command()
        undone = keys[which % len(keys)]
        journal_id = Journal.objects.get(key=undone).pk
        self.both(
            lambda: ledger.reverse(journal_id, **told), lambda: self.model.reverse(told["key"], undone, told["at"])
        )

    @rule(days=st.integers(1, 25), sweeps=st.booleans())
    def wait(self, days: int, sweeps: bool) -> None:
        self.at += timedelta(days=days)
        if sweeps:
            ledger.mature(at=self.at)
            ledger.expire(at=self.at)
            self.model.settle(self.at)

    @rule()
    def tell(self) -> None:
        told_of_expiry(self.at)
        self.model.tell(self.at)

    @rule(which=pick)
    def send_again(self, which: int) -> None:
        before = Journal.objects.count()
        self.sent[which % len(self.sent)]()
        assert Journal.objects.count() == before

    @invariant()
    def agrees(self) -> None:
        model = self.model
        balance = Balance.objects.values_list("available", "pending", "held", "debt", "earned").get(pk=self.member)
        assert balance == (model.available, model.pending, model.held, model.debt, model.earned)
        lots = Lot.objects.filter(customer_id=self.member).order_by("id").values_list("remaining", "state")
        assert list(lots) == [(lot.remaining, "pending" if lot.pending else "active") for lot in model.lots]

    def teardown(self) -> None:
        assert audit() == []


def test_it_agrees_with_the_model() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    connection.check_constraints()
