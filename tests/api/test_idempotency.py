"""However often a call is sent with one Idempotency-Key, it has one effect and one answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from api import idempotency
from api.models import IdempotentCall
from config import failpoints
from customers.models import Customer
from loyalty.models import Journal
from tenants.alarms import drain
from tenants.models import Merchant
from tests.api.programs import Program, order, problem
from tests.threads import threads

GIFT = {"points": 10, "reason": "gift"}


def test_the_same_call_is_answered_with_the_same_bytes(cafe: Merchant, program: Program) -> None:
    address = f"customers/{program.customer()}/points/adjustments"
    first, second = (program.post(address, GIFT, key="gift-1") for _try in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    with tenant_context(cafe):
        assert Journal.objects.count() == 1


def test_the_headers_of_the_answer_are_repeated_too(program: Program) -> None:
    first, second = (program.put("customers", {"email": "a@example.com"}, key="k") for _try in range(2))
    assert second.status_code == first.status_code == 201
    assert second["Location"] == first["Location"]


def test_another_body_under_the_key_is_refused(program: Program) -> None:
    address = f"customers/{program.customer()}/points/adjustments"
    program.post(address, GIFT, key="gift-1")
    assert problem(program.post(address, {**GIFT, "points": 11}, key="gift-1")) == (422, "idempotency_key_reused")
    other = f"customers/{program.customer(email='b@example.com')}/points/adjustments"
    assert problem(program.post(other, GIFT, key="gift-1")) == (422, "idempotency_key_reused")


def test_a_refused_call_may_be_mended_under_its_key(program: Program) -> None:
    address = f"customers/{program.customer()}/points/adjustments"
    assert problem(program.post(address, {**GIFT, "points": -10}, key="gift-1")) == (409, "not_enough_points")
    assert program.post(address, GIFT, key="gift-1").status_code == 201


def test_each_key_of_the_shop_has_its_own_names(cafe: Merchant, program: Program) -> None:
    address = f"customers/{program.customer()}/points/adjustments"
    program.post(address, GIFT, key="gift-1")
    assert "Idempotency-Replayed" not in Program(cafe).post(address, GIFT, key="gift-1")
    assert program.get(f"{address.removesuffix('/adjustments')}").json()["available"] == 20


@pytest.mark.parametrize(("key", "code"), [
    ("", "idempotency_key_missing"), ("a b", "idempotency_key_malformed"), ("ü", "idempotency_key_malformed"),
    ("x" * 256, "idempotency_key_malformed"),
])  # fmt: skip
def test_a_post_names_its_act(program: Program, key: str, code: str) -> None:
    address = f"customers/{program.customer()}/points/adjustments"
    assert problem(program.call("POST", address, GIFT, idempotency_key=key)) == (400, code)


def test_a_put_needs_no_key(program: Program) -> None:
    assert program.put("orders/1", order("1")).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_have_one_effect(cafe: Merchant) -> None:
    program = Program(cafe)
    pk = program.customer()
    address = f"customers/{pk}/points/adjustments"
    with threads(10) as pool:
        asked = [pool.start(Program(cafe, key=program.key).post, address, GIFT, key="gift-1") for _try in range(10)]
    answers = [future.result() for future in asked]
    taken = [answer for answer in answers if answer.status_code == 201]
    others = [problem(answer) for answer in answers if answer.status_code != 201]
    assert taken
    assert {answer.content for answer in taken} == {taken[0].content}
    assert set(others) <= {(409, "in_flight")}
    with tenant_context(cafe):
        assert Journal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_in_flight_is_told_to_wait(cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    program, seen = Program(cafe), []
    address = f"customers/{program.customer()}/points/adjustments"

    def meanwhile(name: str) -> None:
        if name == "api.carried_out":
            with threads(1) as pool:
                seen.append(pool.start(Program(cafe, key=program.key).post, address, GIFT, key="gift-1").result())

    monkeypatch.setattr(failpoints, "reach", meanwhile)
    assert program.post(address, GIFT, key="gift-1").status_code == 201
    assert problem(seen[0]) == (409, "in_flight")
    assert seen[0]["Retry-After"] == "1"


class Crash(BaseException):
    """As if the power had failed."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["api.carried_out", "api.committed"])
def test_a_crash_between_effect_and_answer_doubles_nothing(
    cafe: Merchant, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    program = Program(cafe)
    pk = program.customer()

    def crash(name: str) -> None:
        if name == where:
            raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(failpoints, "reach", crash)
        with pytest.raises(Crash):
            program.post(f"customers/{pk}/points/adjustments", GIFT, key="gift-1")
        connection.close()
    assert program.post(f"customers/{pk}/points/adjustments", GIFT, key="gift-1").status_code == 201
    assert program.get(f"customers/{pk}/points").json()["available"] == 10


def test_answers_are_forgotten_after_a_day(cafe: Merchant, program: Program) -> None:
    program.put("customers", {"email": "a@example.com"}, key="k")
    with tenant_context(cafe):
        made = IdempotentCall.objects.get().created_at
    drain(cafe, made + idempotency.KEPT_FOR)
    with tenant_context(cafe):
        assert IdempotentCall.objects.exists()
    drain(cafe, made + idempotency.KEPT_FOR + idempotency.PRUNED_EVERY + timedelta(seconds=1))
    with tenant_context(cafe):
        assert not IdempotentCall.objects.exists()


def test_a_test_key_changes_nothing_and_answers_as_if(cafe: Merchant) -> None:
    trial = Program(cafe, test=True)
    assert trial.key.startswith("dk_test_")
    answer = trial.put("customers", {"email": "a@example.com", "name": "Ada"}, key="k")
    assert (answer.status_code, answer.json()["name"], answer["Dangol-Test"]) == (201, "Ada", "true")
    with tenant_context(cafe):
        assert not Customer.objects.exists()
    again = trial.put("customers", {"email": "a@example.com", "name": "Ada"}, key="k")
    assert (again.content, again["Idempotency-Replayed"]) == (answer.content, "true")


def test_a_test_key_reads_what_there_is(cafe: Merchant, program: Program) -> None:
    pk = program.customer()
    answer: Any = Program(cafe, test=True).get(f"customers/{pk}")
    assert (answer.status_code, answer["Dangol-Test"]) == (200, "true")
