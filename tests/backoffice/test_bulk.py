"""One change for many members: whom it means, what it would do and cost, doing it, the result, taking it back."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer, Event
from imports.models import Run
from loyalty import ledger
from loyalty.models import Balance, Journal
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.alarms import drain
from tenants.models import Merchant
from tests.backoffice.scenes import a_member, a_programme, some_points

pytestmark = pytest.mark.django_db
LIST, NEW = "/backoffice/customers/many/", "/backoffice/customers/many/new/"
POINTS = {"act": "points", "direction": "give", "points": "500", "reason": "가을 선물"}


def page(client: Client, path: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


@pytest.fixture
def people(cafe: Merchant) -> list[int]:
    """Five members; the first two have points and a tag."""
    now = timezone.now()
    a_programme(cafe, now)
    found = [a_member(cafe, now, name=f"회원{n}", email=f"m{n}@example.com", phone="") for n in range(5)]
    for n in range(2):
        some_points(cafe, found[n], 100 * (n + 1), now, key=f"gift{n}")
    with tenant_context(cafe):
        Customer.objects.filter(pk__in=[c.pk for c in found[:2]]).update(tags=["VIP"])
    return [c.pk for c in found]


def begin(client: Client, shop: Merchant, ids: list[int] | None = None, query: str = "", **told: str) -> str:
    """Prepare a change; the address of its page, after the dry run."""
    who: dict[str, Any] = {"who": "all", "query": query} if ids is None else {"who": "chosen", "id": ids}
    answer = client.post(NEW, {**who, "key": str(uuid.uuid4()), **(told or POINTS)})
    assert answer.status_code == 302, answer.content.decode()
    work(shop)
    return str(answer["Location"])


def act(client: Client, shop: Merchant, path: str, name: str) -> None:
    assert client.post(f"{path}{name}/").status_code == 302
    work(shop)


def work(shop: Merchant) -> None:
    drain(shop, timezone.now(), rounds=50)


def has(shop: Merchant, ids: list[int]) -> list[int]:
    with tenant_context(shop):
        balances = dict(Balance.objects.values_list("customer_id", "available"))
        return [balances.get(pk, 0) for pk in ids]


def test_it_says_who_is_meant(as_owner: Client, people: list[int]) -> None:
    assert "2 customers chosen" in page(as_owner, f"{NEW}?who=chosen&id={people[0]}&id={people[1]}")
    assert "All 5 customers who match" in page(as_owner, f"{NEW}?who=all&query=")
    assert "All 2 customers who match" in page(as_owner, f"{NEW}?who=all&query=tag%3DVIP")
    assert "Nobody is chosen" in page(as_owner, f"{NEW}?who=chosen")


def test_the_preview_tells_effect_and_cost_and_changes_nothing(
    cafe: Merchant, as_owner: Client, people: list[int]
) -> None:
    text = page(as_owner, begin(as_owner, cafe, query="tag=VIP"))
    assert "Ready to start" in text
    assert "+1,000" in text
    assert "worth ₩1,000" in text
    assert has(cafe, people) == [100, 200, 0, 0, 0]


def test_points_are_given_to_those_chosen_alone(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, people[1:3])
    act(as_owner, cafe, path, "start")
    assert has(cafe, people) == [100, 700, 500, 0, 0]
    with tenant_context(cafe):
        journal = Journal.objects.get(customer=people[2])
        assert (journal.reason, journal.actor_kind) == ("가을 선물", "staff")
        assert AuditEntry.objects.filter(action="bulk.started").count() == 1


def test_who_comes_to_match_later_is_not_meant(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, query="points_from=150")
    some_points(cafe, Customer(pk=people[4]), 1000, timezone.now(), key="later")
    act(as_owner, cafe, path, "start")
    assert has(cafe, people) == [100, 700, 0, 0, 1000]


def test_who_has_too_few_points_keeps_them(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, act="points", direction="take", points="150", reason="잘못 드린 포인트")
    assert "Has only 100 points available." in page(as_owner, path)
    act(as_owner, cafe, path, "start")
    assert has(cafe, people) == [100, 50, 0, 0, 0]


def test_undoing_takes_all_of_it_back(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe)
    act(as_owner, cafe, path, "start")
    act(as_owner, cafe, path, "undo")
    assert has(cafe, people) == [100, 200, 0, 0, 0]
    assert "Points of 5 members taken back" in page(as_owner, path)


def test_what_was_taken_back_by_hand_is_listed(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe)
    act(as_owner, cafe, path, "start")
    with tenant_context(cafe):
        journal = Journal.objects.get(customer=people[4])
        ledger.reverse(journal.pk, reason="", key="u", actor=SYSTEM, at=timezone.now())
    act(as_owner, cafe, path, "undo")
    assert has(cafe, people) == [100, 200, 0, 0, 0]
    assert "1 member left as they are" in page(as_owner, path)


def test_tags_are_put_on_and_taken_off_and_put_right_again(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, act="tags", add="단골, VIP", remove="old")
    act(as_owner, cafe, path, "start")

    def tags() -> list[list[str]]:
        with tenant_context(cafe):
            return list(Customer.objects.order_by("pk").values_list("tags", flat=True))

    assert tags() == [["VIP", "단골"]] * 5
    act(as_owner, cafe, path, "undo")
    assert tags() == [["VIP"]] * 2 + [[]] * 3


def test_guests_are_enrolled_and_members_left_out(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk__in=people[:2]).update(joined_at=None)
        Event.objects.all().delete()
    path = begin(as_owner, cafe, act="enrol")
    assert "Is a member already." in page(as_owner, path)
    act(as_owner, cafe, path, "start")
    with tenant_context(cafe):
        assert Customer.objects.filter(joined_at=None).count() == 0
        assert Event.objects.filter(kind="customer.joined").count() == 2
    act(as_owner, cafe, path, "undo")
    with tenant_context(cafe):
        assert set(Customer.objects.filter(joined_at=None).values_list("pk", flat=True)) == set(people[:2])


def test_the_same_form_sent_twice_is_one_change(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    told = {"who": "all", "query": "", "key": str(uuid.uuid4()), **POINTS}
    assert as_owner.post(NEW, told)["Location"] == as_owner.post(NEW, told)["Location"]
    with tenant_context(cafe):
        assert Run.objects.count() == 1


def test_the_result_names_each_with_what_became_of_them(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, act="points", direction="take", points="150", reason="x")
    act(as_owner, cafe, path, "start")
    table = as_owner.get(f"{path}rows/").content.decode()
    assert table.startswith("\ufeff")
    assert re.search(rf"{people[1]},회원1,\w+,변경", table) or re.search(rf"{people[1]},회원1,\w+,changed", table)


def test_it_can_be_paused_and_gone_on_with(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe)
    assert as_owner.post(f"{path}start/").status_code == 302
    assert as_owner.post(f"{path}pause/").status_code == 302
    work(cafe)
    assert has(cafe, people[2:]) == [0, 0, 0]
    act(as_owner, cafe, path, "resume")
    assert has(cafe, people[2:]) == [500, 500, 500]


def test_colleagues_see_it_and_imports_do_not_list_it(
    cafe: Merchant, as_owner: Client, as_manager: Client, people: list[int]
) -> None:
    begin(as_owner, cafe)
    assert "가을 선물" in page(as_manager, LIST)
    assert "가을 선물" not in page(as_manager, "/backoffice/imports/")


@pytest.mark.parametrize("path", [LIST, NEW])
def test_a_cashier_may_not(as_colleague: Client, path: str) -> None:
    assert as_colleague.get(path).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": "0"}, {"points": ""}, {"points": "x"}, {"reason": " "}, {"act": "tags", "add": ""},
        {"act": "tags", "add": "a" * 41}, {"act": "nothing"}, {"key": "x"}, {"who": "chosen", "id": "²"},
    ],
)  # fmt: skip
def test_wrong_answers_come_back_with_the_form(as_owner: Client, people: list[int], wrong: dict[str, str]) -> None:
    told = {"who": "all", "key": str(uuid.uuid4()), **POINTS, **wrong}
    assert as_owner.post(NEW, told).status_code == 422


def test_what_is_over_cannot_be_started_again(cafe: Merchant, as_owner: Client, people: list[int]) -> None:
    path = begin(as_owner, cafe, people[:1])
    act(as_owner, cafe, path, "start")
    act(as_owner, cafe, path, "start")
    assert has(cafe, people[:1]) == [600]
    assert as_owner.post(f"{path}remap/").status_code == 404
    assert as_owner.get(f"{LIST}999999/").status_code == 404


def test_points_for_joining_come_with_enrolment_and_go_with_its_undoing(
    cafe: Merchant, as_owner: Client, people: list[int]
) -> None:
    now = timezone.now()
    rule = {"key": "welcome", "kind": "sign_up", "name": {"ko": "가입"}, "points": 1000}
    with tenant_context(cafe):
        Customer.objects.filter(pk__in=people[3:]).update(joined_at=None)
        rules = {**default_rules("KR", "KRW").to_json(), "earning": [rule]}
        publish(Rules.from_json(rules), actor=SYSTEM, at=now)
    path = begin(as_owner, cafe, people, act="enrol")
    assert "₩2,000" in page(as_owner, path)
    act(as_owner, cafe, path, "start")
    assert has(cafe, people[3:]) == [1000, 1000]
    act(as_owner, cafe, path, "undo")
    assert has(cafe, people[3:]) == [0, 0]
