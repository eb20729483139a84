"""Finding customers by what a merchant remembers of them."""

from __future__ import annotations

import pytest
from django.db import connection

from customers.cards import ALPHABET, new_card_code, normalise_card_code
from customers.models import Customer
from tenants.models import Merchant
from tests.customers.people import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(in_cafe: Merchant) -> None:
    known = [
        ("김민수", "minsu.kim@example.com", "+821012345678", "7K3M9PQRSTVW"),
        ("김서연", "seoyeon@example.kr", "+821087654321", "0123456789AB"),
        ("Minsu Park", "park@example.com", "+447911123456", "ZZZZ00001111"),
        ("100% Real_Name", "o'brien@example.com", "", "AAAABBBBCCCC"),
    ]
    for name, email, phone, code in known:
        Customer.objects.create(name=name, email=email, phone=phone, card_code=code, created_at=NOON)


def found(text: str) -> set[str]:
    return set(Customer.objects.search(text).values_list("name", flat=True))


KIM, SEOYEON, PARK, ODD = "김민수", "김서연", "Minsu Park", "100% Real_Name"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("김민수", {KIM}), ("민수", {KIM}), ("김", {KIM, SEOYEON}), ("수", {KIM}), ("김수", set()),
        ("minsu", {KIM, PARK}), ("MINSU PARK", {PARK}), ("park minsu", {PARK}), ("minsu lee", set()),
        ("seoyeon@example.kr", {SEOYEON}), ("example.com", {KIM, PARK, ODD}), ("o'brien", {ODD}),
        ("%", {ODD}), ("real_name", {ODD}), ("100%", {ODD}), ("_", {ODD}), ("xyz", set()),
    ],
)  # fmt: skip
def test_by_name_or_email(text: str, names: set[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("010-1234-5678", {KIM}), ("01012345678", {KIM}), ("+82 10 1234 5678", {KIM}), ("5678", {KIM}),
        ("010 8765", {SEOYEON}), ("(07911) 123456", {PARK}), ("010-9999-9999", set()),
    ],
)  # fmt: skip
def test_by_phone_however_it_is_written(text: str, names: set[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize("text", ["7K3M9PQRSTVW", "7k3m-9pqr-stvw", "7K3M 9PQR", "stvw"])
def test_by_card_code_however_it_is_typed(text: str) -> None:
    assert found(text) == {KIM}


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_search_finds_all(text: str) -> None:
    assert len(found(text)) == 4


@pytest.mark.parametrize("text", ["\x00", "'; DROP TABLE x", "\\", "x" * 10_000, "(", "🙂", "%_\\"])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert isinstance(found(text), set)


def test_a_letter_composed_of_parts_is_found_as_a_whole() -> None:
    assert found("\u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e") == {KIM}


@pytest.mark.parametrize("text", ["민수", "김", "example.kr", "5678", "7K3M"])
def test_it_goes_by_the_index(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "customer_by_pieces" in Customer.objects.search(text).order_by().explain()


def test_a_card_code_has_sixty_random_bits_and_no_letter_that_reads_as_a_digit() -> None:
    codes = {new_card_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(len(code) == 12 and set(code) <= set(ALPHABET) for code in codes)
    assert not set("OILU") & set(ALPHABET)


def test_a_misread_card_code_is_mended() -> None:
    assert normalise_card_code(" o1il-abcd ") == "0111ABCD"
