"""The database itself refuses wrong books, whoever writes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty import ledger, programme
from loyalty.ledger import Earn
from loyalty.models import Balance, Entry, Journal, Lot
from staff.actors import SYSTEM
from tests.loyalty.members import member
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books")]

APPEND_ONLY = ["loyalty_journal", "loyalty_entry", "loyalty_allocation", "loyalty_programmeversion"]


@pytest.fixture
def books() -> int:
    """A published programme and a member who earned 100 points and was taken 10."""
    who = member()
    programme.publish(programme.default_rules("KR", "KRW"), actor=SYSTEM, at=NOW)
    ledger.earn([Earn(who, 100, "e", NOW)], actor=SYSTEM, at=NOW)
    ledger.adjust(who, -10, reason="x", actor=SYSTEM, key="a", at=NOW)
    return who


def run(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_it_refuses_to_edit_a_row(table: str) -> None:
    with pytest.raises(IntegrityError, match="append_only"):
        run(f"UPDATE {table} SET id = id")


@pytest.mark.parametrize("table", [*APPEND_ONLY, "loyalty_lot", "loyalty_balance"])
def test_it_refuses_to_delete_a_row(table: str) -> None:
    with pytest.raises(IntegrityError, match="append_only"):
        run(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", [*APPEND_ONLY, "loyalty_lot", "loyalty_balance"])
def test_it_refuses_to_empty_a_table(table: str) -> None:
    connection.check_constraints()  # pending foreign keys would refuse it first
    with pytest.raises(IntegrityError, match="append_only"):
        run(f"TRUNCATE {table} CASCADE")


def test_it_refuses_entries_that_do_not_sum_to_zero(books: int) -> None:
    journal = Journal.objects.latest("id")
    with pytest.raises(IntegrityError, match="unbalanced"), transaction.atomic():
        Entry.objects.create(journal=journal, account="issued", points=5)


def test_it_refuses_a_second_entry_on_the_same_account(books: int) -> None:
    journal = Journal.objects.get(key="e")
    entries = [
        Entry(journal=journal, account="issued", points=-5),
        Entry(journal=journal, account="available", customer_id=books, points=5, balance_after=95, version=3),
    ]
    with pytest.raises(IntegrityError, match="one_entry_per_account"), transaction.atomic():
        Entry.objects.bulk_create(entries)


def test_it_refuses_a_members_entry_without_its_running_balance(books: int) -> None:
    journal = Journal.objects.latest("id")
    with pytest.raises(IntegrityError, match="member_entry_is_complete"), transaction.atomic():
        Entry.objects.create(journal=journal, account="pending", points=5)


def test_it_refuses_two_entries_of_one_version(books: int) -> None:
    journal = Journal.objects.latest("id")
    with pytest.raises(IntegrityError, match="one_entry_per_version"), transaction.atomic():
        Entry.objects.create(
            journal=journal, account="pending", customer_id=books, points=5, balance_after=5, version=1
        )


def test_it_refuses_to_move_a_lot_without_an_allocation() -> None:
    with pytest.raises(IntegrityError, match="unexplained_lot"), transaction.atomic():
        Lot.objects.update(remaining=50)


def test_it_refuses_an_allocation_that_moves_no_lot(books: int) -> None:
    with pytest.raises(IntegrityError, match="unexplained_lot"):
        run(
            "INSERT INTO loyalty_allocation (journal_id, lot_id, points)"
            " SELECT (SELECT id FROM loyalty_journal WHERE key = 'e'), id, -1 FROM loyalty_lot"
        )


def test_it_refuses_to_draw_more_than_a_lot_has() -> None:
    with pytest.raises(IntegrityError, match="lot_remaining_in_range"):
        run("UPDATE loyalty_lot SET remaining = -1")


@pytest.mark.parametrize("change", ["points = 1000", "expires_at = now()", "customer_id = 0", "state = 'pending'"])
def test_it_refuses_to_change_what_a_lot_is(change: str) -> None:
    with pytest.raises(IntegrityError, match=r"append_only|pending_lot_matures"):
        run(f"UPDATE loyalty_lot SET {change}")


@pytest.mark.parametrize("account", ["available", "pending", "held", "debt"])
def test_it_refuses_a_negative_balance(account: str) -> None:
    with pytest.raises(IntegrityError, match=rf"{account}_not_negative|debt_is_paid_first"), transaction.atomic():
        Balance.objects.update(**{account: -1})


def test_it_refuses_debt_beside_available_points() -> None:
    with pytest.raises(IntegrityError, match="debt_is_paid_first"), transaction.atomic():
        Balance.objects.update(debt=1)


def test_it_refuses_a_second_effect_of_one_key(books: int) -> None:
    with pytest.raises(IntegrityError, match="one_effect_per_key"):
        run(
            "INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_name, reason,"
            " arithmetic, effective_at, recorded_at)"
            " SELECT kind, customer_id, key, fingerprint, actor_kind, actor_name, reason, arithmetic, effective_at,"
            " recorded_at FROM loyalty_journal WHERE key = 'e'"
        )


def test_it_refuses_a_version_that_goes_back() -> None:
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        Balance.objects.update(version=0)
