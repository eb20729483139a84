"""The ledger with many sessions at once, and with two shops in one session."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from loyalty import ledger
from loyalty.audit import audit
from loyalty.ledger import ClawBack, Earn, LedgerError
from loyalty.models import Balance, Journal, Lot
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.members import member, order_of, told_of_expiry
from tests.shops import NOW
from tests.threads import threads

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def at_once(shop: Merchant, *commands: Callable[[], Any]) -> Counter[str]:
    """Run all commands in the shop at the same moment, each on its own connection; count how they ended."""
    barrier = Barrier(len(commands))

    def run(command: Callable[[], Any]) -> str:
        with tenant_context(shop):
            barrier.wait(20)
            try:
                command()
            except LedgerError as error:
                return type(error).__name__
            return "done"

    with threads(len(commands)) as pool:
        futures = [pool.start(run, command) for command in commands]
    with tenant_context(shop):
        assert audit() == []
    return Counter(future.result() for future in futures)


def told(key: str) -> dict[str, Any]:
    return {"reason": "", "actor": SYSTEM, "key": key, "at": NOW}


def give(who: int, points: int, key: str, **more: Any) -> None:
    ledger.earn([Earn(who, points, key, NOW, **more)], actor=SYSTEM, at=NOW)


def test_of_20_redemptions_of_one_balance_one_wins(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        give(who, 100, "earn")
    ended = at_once(cafe, *(lambda n=n: ledger.hold(who, 100, **told(f"h{n}")) for n in range(20)))
    assert ended == {"done": 1, "NotEnoughPoints": 19}


def test_every_command_sent_twice_at_once_has_one_effect(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        order = order_of(who)
        give(who, 100, "earn", order_id=order)
        holds = [ledger.hold(who, 10, **told(f"h{n}")).pk for n in range(2)]
        undone = ledger.adjust(who, 5, **told("undone")).pk
    commands: list[Callable[[], Any]] = [
        lambda: give(who, 50, "e"),
        lambda: ledger.claw_back([ClawBack(who, 20, "b", order, NOW)], actor=SYSTEM, at=NOW),
        lambda: ledger.adjust(who, 7, **told("a")),
        lambda: ledger.hold(who, 3, **told("h")),
        lambda: ledger.capture(holds[0], **told("c")),
        lambda: ledger.void(holds[1], **told("v")),
        lambda: ledger.reverse(undone, **told("r")),
    ]
    assert at_once(cafe, *commands, *commands) == {"done": 14}
    with tenant_context(cafe):
        assert Journal.objects.count() == 4 + 7
        assert Balance.objects.values_list("available", "held", "debt").get(pk=who) == (124, 3, 0)


def test_one_hold_captured_and_voided_at_once_ends_one_way(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        give(who, 100, "earn")
        hold = ledger.hold(who, 60, **told("h")).pk
    ended = at_once(
        cafe,
        *(lambda n=n: ledger.capture(hold, **told(f"c{n}")) for n in range(4)),
        *(lambda n=n: ledger.void(hold, **told(f"v{n}")) for n in range(4)),
    )
    assert ended == {"done": 1, "AlreadyResolved": 7}


def test_two_members_commands_under_one_key_have_one_effect(cafe: Merchant) -> None:
    with tenant_context(cafe):
        people = [member() for _ in range(8)]
    ended = at_once(cafe, *(lambda who=who: give(who, 10, "same") for who in people))
    assert ended == {"done": 1, "KeyReused": 7}


def test_batches_that_cross_do_not_deadlock(cafe: Merchant) -> None:
    with tenant_context(cafe):
        people = [member() for _ in range(6)]

    def batch(n: int) -> Any:
        mixed = random.Random(n).sample(people, len(people))
        return ledger.earn([Earn(who, 1, f"{n}:{who}", NOW) for who in mixed], actor=SYSTEM, at=NOW)

    assert at_once(cafe, *(lambda n=n: batch(n) for n in range(12))) == {"done": 12}
    with tenant_context(cafe):
        assert set(Balance.objects.values_list("available", flat=True)) == {12}


def test_sweeps_at_once_mature_and_expire_each_lot_once(cafe: Merchant) -> None:
    with tenant_context(cafe):
        for n in range(20):
            give(member(), 10, f"e{n}", matures_at=NOW + DAY, expires_at=NOW + 2 * DAY)
        ledger.mature(at=NOW + DAY)
        told_of_expiry()
        for n in range(20, 40):
            give(member(), 10, f"e{n}", matures_at=NOW + DAY)
    later = NOW + 3 * DAY
    sweeps = [lambda: ledger.mature(at=later, limit=5), lambda: ledger.expire(at=later, limit=5)]
    assert at_once(cafe, *sweeps * 5) == {"done": 10}
    with tenant_context(cafe):
        while ledger.mature(at=later) + ledger.expire(at=later):
            pass
        assert audit() == []
        assert Counter(Journal.objects.values_list("kind", flat=True)) == {"earn": 40, "mature": 40, "expire": 20}


def test_a_sweep_leaves_out_a_member_who_is_busy(cafe: Merchant) -> None:
    with tenant_context(cafe):
        people = [member() for _ in range(3)]
        for who in people:
            give(who, 10, f"e{who}", matures_at=NOW + DAY)

        def sweep() -> int:
            with tenant_context(cafe):
                return ledger.mature(at=NOW + DAY)

        with transaction.atomic(), threads(1) as pool:
            ledger.lock([people[1]])
            assert pool.start(sweep).result(20) == 2
        assert ledger.mature(at=NOW + DAY) == 1


def test_one_session_serves_two_shops_in_turn(cafe: Merchant, bikes: Merchant) -> None:
    """PL/pgSQL caches plans per session: they must follow the schema."""
    people: dict[str, int] = {}
    for round_, shop in enumerate([cafe, bikes] * 8):
        with tenant_context(shop):
            who = people.setdefault(shop.slug, 0) or people.update({shop.slug: member()}) or people[shop.slug]
            give(who, 10, f"e{round_}", matures_at=NOW + DAY)
            ledger.mature(at=NOW + DAY)
            ledger.capture(ledger.hold(who, 4, **told(f"h{round_}")).pk, **told(f"c{round_}"))
    for shop in (cafe, bikes):
        with tenant_context(shop):
            assert audit() == []
            assert Balance.objects.values_list("available", flat=True).get() == 48
            assert Lot.objects.count() == 8
