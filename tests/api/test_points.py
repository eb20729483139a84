"""Points through the API."""

from __future__ import annotations

import pytest

from tests.api.programs import Program, order, problem

pytestmark = pytest.mark.usefixtures("programme")


@pytest.fixture
def member(program: Program) -> int:
    """A member with 120 points of an order."""
    return int(program.put("orders/1001", order()).json()["customer_id"])


def test_it_tells_the_balance_and_the_way_to_the_next_reward(program: Program, member: int) -> None:
    told = program.get(f"customers/{member}/points").json()
    assert (told["available"], told["pending"], told["earned"], told["missing"]) == (120, 0, 120, 880)
    assert (told["next_reward"]["points"], told["next_reward"]["value"]) == (1000, "1000")
    assert told["next_expiry"]["points"] == 120


def test_it_tells_every_movement_with_its_reason_and_its_sum(program: Program, member: int) -> None:
    program.post(f"customers/{member}/points/adjustments", {"points": -20, "reason": "Broken cup"})
    taken, earned = program.get(f"customers/{member}/points/history").json()["data"]
    assert (taken["kind"], taken["points"], taken["reason"], taken["balance_after"]) == (
        "adjust", -20, "Broken cup", 100
    )  # fmt: skip
    assert (taken["actor"], earned["order"], earned["points"]) == ("till", "1001", 120)
    assert earned["explanation"] == "결제 12,000원 × 1% = 120포인트"
    assert earned["arithmetic"]["eligible"] == 12000


def test_the_history_comes_in_pages(program: Program, member: int) -> None:
    for points in (1, 2, 3):
        program.post(f"customers/{member}/points/adjustments", {"points": points, "reason": "gift"})
    first = program.get(f"customers/{member}/points/history?limit=3").json()
    second = program.get(f"customers/{member}/points/history?limit=3&cursor={first['next_cursor']}").json()
    assert [told["points"] for page in (first, second) for told in page["data"]] == [3, 2, 1, 120]
    assert second["next_cursor"] is None


def test_it_tells_lots_by_when_they_expire(program: Program, member: int) -> None:
    [lot] = program.get(f"customers/{member}/points/lots").json()["data"]
    assert (lot["points"], lot["remaining"], lot["order"], lot["state"]) == (120, 120, "1001", "active")


def test_it_gives_points_that_expire_as_the_programme_says(program: Program, member: int) -> None:
    answer = program.post(f"customers/{member}/points/adjustments", {"points": 500, "reason": "Sorry"})
    assert answer.status_code == 201
    assert (answer.json()["points"], answer.json()["balance_after"]) == (500, 620)
    assert answer.json()["expires_at"]


def test_more_points_than_there_are_cannot_be_taken(program: Program, member: int) -> None:
    answer = program.post(f"customers/{member}/points/adjustments", {"points": -121, "reason": "Too much"})
    assert problem(answer) == (409, "not_enough_points")


@pytest.mark.parametrize("body", [
    {"points": 0, "reason": "x"}, {"points": 1.5, "reason": "x"}, {"points": "5", "reason": "x"},
    {"points": True, "reason": "x"}, {"points": 5}, {"points": 5, "reason": ""}, {"points": 5, "reason": " "},
    {"points": 5, "reason": "a\nb"}, {"points": 10**12, "reason": "x"},
])  # fmt: skip
def test_points_are_whole_and_have_a_reason(program: Program, member: int, body: dict[str, object]) -> None:
    assert problem(program.post(f"customers/{member}/points/adjustments", body)) == (422, "document_invalid")


def test_an_event_earns_once_for_ever(program: Program, member: int) -> None:
    event = {"event_id": "review-17", "points": 50, "reason": "Thank you for the review"}
    first = program.post(f"customers/{member}/points/earnings", event)
    second = program.post(f"customers/{member}/points/earnings", event)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert program.get(f"customers/{member}/points").json()["available"] == 170


def test_an_event_earns_no_other_points_later(program: Program, member: int) -> None:
    event = {"event_id": "review-17", "points": 50, "reason": "Thank you for the review"}
    program.post(f"customers/{member}/points/earnings", event)
    other = program.post(f"customers/{member}/points/earnings", {**event, "points": 60})
    assert problem(other) == (409, "event_id_reused")
    somebody = program.customer(email="bob@example.com")
    assert problem(program.post(f"customers/{somebody}/points/earnings", event)) == (409, "event_id_reused")


def test_it_tells_the_programme(program: Program) -> None:
    told = program.get("programme").json()
    assert (told["version"], told["currency"], told["earn_points"], told["earn_per"]) == (1, "KRW", 1, "100")
    first = told["rewards"][0]
    assert (first["key"], first["points"], first["value"]) == ("reward-1", 1000, "1000")
    assert first["name"] == {"ko": "1,000원 할인", "en": "₩1,000 off"}
