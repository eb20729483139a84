"""The audit trail: what the database refuses, and how entries read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from staff import audit, wording
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.shops import NOW

ROOT = Path(__file__).parents[2]
ROOMS = ("staff", "customers", "storefront", "loyalty", "referrals", "campaigns", "backoffice", "portal", "welcome")


def record(action: str = "staff.role_changed", **fields: Any) -> AuditEntry:
    actor = Actor("staff", 7, "Kim Minji", "192.0.2.1", "abc")
    return audit.record(action, actor=actor, at=NOW, object_label="Park", **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE staff_auditentry SET actor_name = 'x'", "DELETE FROM staff_auditentry"])
def test_the_database_refuses_to_change_the_trail_of_a_shop(in_cafe: Merchant, statement: str) -> None:
    record()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_database_refuses_to_change_the_trail_of_the_installation() -> None:
    record()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(reason="x")


def test_an_entry_reads_as_a_sentence() -> None:
    entry = AuditEntry(action="staff.role_changed", actor_name="Kim", object_label="Park")
    assert wording.sentence(entry) == "Kim changed the role of Park"


def test_an_entry_of_a_program_names_it() -> None:
    entry = AuditEntry(action="staff.deactivated", actor_kind="operator", object_label="Park")
    assert wording.sentence(entry) == "The operator of this installation deactivated the account of Park"


def test_braces_in_a_name_are_just_braces() -> None:
    entry = AuditEntry(action="staff.deactivated", actor_name="{what} {0}", object_label="{who}")
    assert wording.sentence(entry) == "{what} {0} deactivated the account of {who}"


def test_an_action_without_words_is_still_readable() -> None:
    entry = AuditEntry(action="moon.landed", actor_name="Kim", object_label="Sea of Tranquility")
    assert wording.sentence(entry) == "Kim did “moon.landed” with Sea of Tranquility"


def test_a_change_of_role_reads_in_words() -> None:
    (change,) = wording.changes(AuditEntry(changes={"role": ["cashier", "manager"]}))
    assert (change.field, change.before, change.after) == ("role", "Cashier", "Manager")


@pytest.mark.parametrize("changes", [{"x": None}, {"x": []}, {"x": [1, 2, 3]}, {"x": [None, {"deep": [1]}]}])
def test_changes_of_any_shape_are_shown(changes: dict[str, object]) -> None:
    assert len(list(wording.changes(AuditEntry(changes=changes)))) == 1


@pytest.mark.django_db
def test_long_names_are_cut_to_fit(in_cafe: Merchant) -> None:
    long = Actor("staff", 1, "x" * 500)
    entry = audit.record("staff.joined", actor=long, at=NOW, object_label="y" * 500, reason="z" * 900)
    assert (len(entry.actor_name), len(entry.object_label), len(entry.reason)) == (200, 200, 500)


def actions_in_the_code() -> Iterator[str]:
    """The first argument of every call of `audit.record` and of what the rooms call it through."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if not (isinstance(node, ast.Call) and re.search(r"audit|trail", ast.unparse(node.func))):
                    continue
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


@pytest.mark.parametrize("action", sorted(set(actions_in_the_code())))
def test_every_action_in_the_code_has_words(action: str) -> None:
    assert action in wording.SENTENCES
    assert action.partition(".")[0] in wording.AREAS


@pytest.mark.parametrize("action", wording.SENTENCES)
def test_every_sentence_names_only_who_and_what(action: str) -> None:
    for language in ("en", "ko"):
        with translation.override(language):
            assert wording.sentence(AuditEntry(action=action, actor_name="A", object_label="B"))


def test_the_system_has_a_name() -> None:
    assert SYSTEM.name == "Dangol"
