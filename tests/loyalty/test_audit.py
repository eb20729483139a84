"""The audit finds what is wrong, were the database's guards ever off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty import ledger
from loyalty.audit import audit
from loyalty.ledger import Earn
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.members import member
from tests.loyalty.orders import deliver, order, publish, refund
from tests.shops import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(in_cafe: Merchant) -> None:
    """A bit of everything."""
    publish()
    deliver(order(), refund("r1", 3_000))
    who = member()
    told: dict[str, Any] = {"reason": "", "actor": SYSTEM, "at": NOW}
    ledger.earn([Earn(who, 100, "e", NOW, expires_at=NOW + timedelta(days=9))], actor=SYSTEM, at=NOW)
    hold = ledger.hold(who, 30, key="h", **told)
    ledger.capture(hold.pk, points=20, key="c", **told)
    ledger.hold(who, 5, key="h2", **told)
    ledger.reverse(ledger.adjust(who, -7, key="a", **told).pk, key="r", **told)


def break_books(sql: str) -> None:
    """Write past the guards, as somebody with every right could."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_sound_books_break_no_rule(books: None) -> None:
    assert audit(at=NOW) == []


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE loyalty_entry SET points = points + 1 WHERE account = 'issued'", "a journal's entries sum to zero"),
        ("DELETE FROM loyalty_entry WHERE customer_id IS NULL", "a journal has at least two entries"),
        (
            "UPDATE loyalty_entry SET account = 'expired' WHERE account = 'redeemed'",
            "a journal touches only the accounts of its kind",
        ),
        ("UPDATE loyalty_journal SET customer_id = 0 WHERE key = 'e'", "a journal concerns one member"),
        ("UPDATE loyalty_balance SET available = available + 1", "a balance is the sum of its entries"),
        ("DELETE FROM loyalty_balance", "a balance is the sum of its entries"),
        (
            "UPDATE loyalty_balance SET earned = earned + 1",
            "what a member earned is what was issued less what was clawed back",
        ),
        ("UPDATE loyalty_lot SET remaining = remaining - 1", "a balance is what its lots have left"),
        ("UPDATE loyalty_lot SET remaining = remaining - 1", "what is left of a lot is what came less what was drawn"),
        ("UPDATE loyalty_allocation SET points = points - 1", "lots move as the journal's entries do"),
        ("UPDATE loyalty_lot SET customer_id = 0", "an allocation draws from its member's lot"),
        ("UPDATE loyalty_entry SET version = version + 1000", "a member's entries are numbered without a gap"),
        ("UPDATE loyalty_entry SET balance_after = 7 WHERE version = 1", "an entry carries the running balance"),
        (
            "UPDATE loyalty_journal SET resolves_id = NULL",
            "only holds are captured or voided, and only what is undone is reversed",
        ),
        (
            "UPDATE loyalty_entry SET points = -31 WHERE account = 'held' AND points = -30",
            "a resolution empties its hold and uses no more",
        ),
        ("UPDATE loyalty_journal SET resolves_id = NULL WHERE key = 'c'", "what is held is the holds that stand"),
        ("UPDATE loyalty_orderearning SET postings = 9", "an order's account is the sum of its journals"),
        ("UPDATE loyalty_orderearning SET posted = 9", "an order has the points that its rules give"),
        (
            "UPDATE loyalty_lot SET expires_at = '2026-01-01', may_expire_at = '2026-01-01' WHERE matures_at IS NULL",
            "lots expire within a day of their time",
        ),
        (
            "UPDATE loyalty_lot SET expires_at = '2026-01-01' WHERE matures_at IS NULL",
            "notices are planned before lots expire",
        ),
        (
            "UPDATE loyalty_lot SET may_expire_at = expires_at WHERE expires_at IS NOT NULL",
            "points go only after notices, and no sooner than these said",
        ),
        (
            "UPDATE loyalty_journal SET kind = 'expire' WHERE key = 'h'",
            "points that expired had been promised to go",
        ),
    ],
)
def test_it_finds_what_breaks_a_rule(books: None, sql: str, rule: str) -> None:
    break_books(sql)
    assert rule in {breach.rule for breach in audit(at=NOW)}


def test_the_command_says_that_every_rule_holds(books: None, capsys: Any) -> None:
    call_command("audit_ledger", "--merchant", "cafe")
    assert capsys.readouterr().out == "1 ledgers, every rule holds.\n"


def test_the_command_fails_and_names_what_is_broken(books: None, cafe: Merchant, capsys: Any) -> None:
    break_books("UPDATE loyalty_balance SET earned = earned + 1")
    with pytest.raises(CommandError, match=r"1 of 2 ledgers"):
        call_command("audit_ledger", "--all")
    assert capsys.readouterr().err.startswith("cafe: what a member earned")


def test_the_command_knows_its_shops(cafe: Merchant) -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("audit_ledger", "--merchant", "nobody")
