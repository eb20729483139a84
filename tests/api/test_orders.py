"""Orders and refunds through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.programs import NOW, Program, order, problem

pytestmark = pytest.mark.usefixtures("programme")


def test_it_takes_an_order_and_tells_what_it_earned(program: Program) -> None:
    answer = program.put("orders/1001", order())
    assert answer.status_code == 201
    told = answer.json()
    assert (told["id"], told["source"], told["total"], told["currency"]) == ("1001", "api", "12000", "KRW")
    assert told["points"] == {"earned": 120, "outcome": "earned", "explanation": "결제 12,000원 × 1% = 120포인트"}
    assert told["lines"][0]["total"] == "12000"


def test_it_explains_in_the_language_that_is_asked_for(program: Program) -> None:
    program.put("orders/1001", order())
    answer = program.get("orders/1001", accept_language="en")
    assert answer.json()["points"]["explanation"] == "₩12,000 spent × 1% = 120 points"
    assert answer["Content-Language"] == "en"


def test_the_newest_state_counts_whatever_order_it_arrives_in(program: Program) -> None:
    program.put("orders/1001", order(status="cancelled", updated_at=NOW.isoformat()))
    late = program.put("orders/1001", order())
    assert late.status_code == 200
    assert (late.json()["status"], late.json()["points"]["earned"]) == ("cancelled", 0)


def test_a_refund_takes_points_back(program: Program) -> None:
    program.put("orders/1001", order())
    refund = {"currency": "KRW", "updated_at": NOW.isoformat(), "total": "6000"}
    answer = program.put("orders/1001/refunds/R-1", refund)
    assert answer.status_code == 201
    assert answer.json()["points"]["earned"] == 60
    assert answer.json()["refunds"][0]["total"] == "6000"
    assert program.put("orders/1001/refunds/R-1", refund).status_code == 200


def test_a_refund_may_come_before_its_order(program: Program) -> None:
    refund = {"currency": "KRW", "updated_at": NOW.isoformat(), "total": "12000"}
    assert program.put("orders/1001/refunds/R-1", refund).json()["status"] == "unknown"
    assert program.put("orders/1001", order()).json()["points"]["earned"] == 0


def test_every_mistake_is_named_by_its_place(program: Program) -> None:
    answer = program.put("orders/1001", order(currency="XYZ", total="1.005", placed_at="2999-01-01T00:00:00Z"))
    assert problem(answer) == (422, "document_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/currency", "/placed_at", "/total"]
    answer = program.put("orders/1001", order(status="lost", lines=[{"id": "1"}], surprise=1))
    places = [error["pointer"] for error in answer.json()["errors"]]
    assert places == ["/lines/0/name", "/lines/0/quantity", "/lines/0/total", "/status", "/surprise"]


def test_the_id_in_the_body_is_that_of_the_address(program: Program) -> None:
    answer = program.put("orders/1002", order("1001"))
    assert problem(answer) == (422, "document_invalid")
    assert answer.json()["errors"] == [{"pointer": "/id", "message": "is not the id in the address"}]


@pytest.mark.parametrize("name", ["%231001", "주문 1", "2026-11:20_1@a"])
def test_ids_may_be_almost_any_text(program: Program, name: str) -> None:
    document = order()
    del document["id"]
    assert program.put(f"orders/{name}", document).status_code == 201
    assert program.get(f"orders/{name}").status_code == 200


def test_an_order_of_a_storefront_is_found_by_its_source(program: Program) -> None:
    program.put("orders/1001", order())
    assert problem(program.get("orders/1001?source=st_other")) == (404, "not_found")
    assert program.get("orders/1001?source=api").status_code == 200


def test_it_lists_orders_page_by_page(program: Program) -> None:
    for number in range(5):
        program.put(f"orders/{number}", order(str(number)))
    seen, address = [], "orders?limit=2"
    while address:
        page = program.get(address).json()
        seen += [told["id"] for told in page["data"]]
        address = page["next_cursor"] and f"orders?limit=2&cursor={page['next_cursor']}"
    assert seen == ["4", "3", "2", "1", "0"]


def test_it_lists_by_customer_and_status(program: Program) -> None:
    told = program.put("orders/1", order("1")).json()
    program.put("orders/2", order("2", status="pending", customer={"id": "8"}))
    assert [o["id"] for o in program.get(f"orders?customer_id={told['customer_id']}").json()["data"]] == ["1"]
    assert [o["id"] for o in program.get("orders?status=pending").json()["data"]] == ["2"]
    assert [o["id"] for o in program.get("orders?external_id=2&source=api").json()["data"]] == ["2"]


def test_its_time_is_the_sender_s(program: Program) -> None:
    placed = (NOW - timedelta(days=2)).isoformat()
    assert program.put("orders/1", order("1", placed_at=placed)).json()["placed_at"] == placed.replace("+00:00", "Z")
