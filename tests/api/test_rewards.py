"""Rewards through the API: what there is, taking, using and cancelling."""

from __future__ import annotations

import pytest

from tests.api.programs import Program, order, problem

pytestmark = pytest.mark.usefixtures("programme")
REWARD = {"reward": "reward-1"}  # 1,000 won off for 1,000 points


@pytest.fixture
def member(program: Program) -> int:
    """A member with 1,200 points."""
    who = int(program.put("orders/1001", order()).json()["customer_id"])
    program.post(f"customers/{who}/points/adjustments", {"points": 1080, "reason": "Welcome"})
    return who


def take(program: Program, member: int, **headers: str) -> dict[str, object]:
    told: dict[str, object] = program.post(f"customers/{member}/redemptions", REWARD, **headers).json()
    return told


def balance(program: Program, member: int) -> tuple[int, int]:
    told = program.get(f"customers/{member}/points").json()
    return told["available"], told["held"]


def test_it_lists_the_rewards_of_the_programme(program: Program) -> None:
    first = program.get("rewards").json()["data"][0]
    assert (first["key"], first["kind"], first["points"], first["value"]) == ("reward-1", "amount", 1000, "1000")


def test_it_tells_what_a_member_can_have_and_what_is_near(program: Program, member: int) -> None:
    told = program.get(f"customers/{member}/rewards").json()["data"]
    assert [(offer["reward"]["points"], offer["state"], offer["missing"]) for offer in told] == [
        (1000, "now", 0), (3000, "near", 1800), (5000, "near", 3800)
    ]  # fmt: skip


def test_taking_a_reward_sets_its_points_aside(program: Program, member: int) -> None:
    taken = take(program, member)
    assert (taken["state"], taken["points"], taken["value"]) == ("ready", 1000, "1000")
    assert balance(program, member) == (200, 1000)
    assert program.get(f"redemptions/{str(taken['code']).lower()}").json() == taken
    assert program.get(f"customers/{member}/redemptions?state=ready").json()["data"] == [taken]


def test_the_same_key_takes_once(program: Program, member: int) -> None:
    assert take(program, member, key="one") == take(program, member, key="one")
    assert balance(program, member) == (200, 1000)


def test_too_few_points_take_nothing(program: Program, member: int) -> None:
    answer = program.post(f"customers/{member}/redemptions", {"reward": "reward-2"})
    assert problem(answer) == (409, "not_enough_points")
    assert problem(program.post(f"customers/{member}/redemptions", {"reward": "nothing"})) == (409, "unknown_reward")


def test_a_used_code_is_used_once(program: Program, member: int) -> None:
    code = take(program, member)["code"]
    used = program.post(f"redemptions/{code}/use", {"used_by": "Counter 2"}).json()
    assert (used["state"], balance(program, member)) == ("used", (200, 0))
    assert problem(program.post(f"redemptions/{code}/use", {})) == (409, "used")
    assert problem(program.post(f"redemptions/{code}/cancel", {"reason": "Too late"})) == (409, "used")


def test_a_cancelled_code_gives_its_points_back(program: Program, member: int) -> None:
    code = take(program, member)["code"]
    assert program.post(f"redemptions/{code}/cancel", {"reason": "By mistake"}).json()["state"] == "cancelled"
    assert balance(program, member) == (1200, 0)


def test_an_order_that_is_not_known_cannot_have_used_it(program: Program, member: int) -> None:
    code = take(program, member)["code"]
    assert program.post(f"redemptions/{code}/use", {"order_id": "9999"}).status_code == 422
    assert program.post(f"redemptions/{code}/use", {"order_id": "1001"}).json()["state"] == "used"


def test_there_is_no_such_code(program: Program) -> None:
    assert program.get("redemptions/R-0000-0000-0000").status_code == 404


def test_an_occasion_earns_what_the_rules_give_and_nothing_without_one(program: Program, member: int) -> None:
    told = program.post(f"customers/{member}/occasions", {"event_id": "s-1", "kind": "survey"})
    assert (told.status_code, told.json()) == (200, {"points": 0, "is_new": False})
    assert program.post(f"customers/{member}/occasions", {"event_id": "s-1", "kind": "birthday"}).status_code == 422
