"""Rewards that members took: the list, a code that is shown, one redemption and what staff can do with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty import redemption
from loyalty.codes import spaced
from loyalty.models import Balance, Redemption
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role
from tenants.models import Merchant
from tests.backoffice.scenes import DAY
from tests.conftest import client_of, staff_of
from tests.loyalty.rewards import publish, regular, reward

pytestmark = pytest.mark.django_db
LIST = "/backoffice/rewards/"


@pytest.fixture
def taken(cafe: Merchant) -> Redemption:
    """Minji has taken a coffee for 100 of her 1,000 points."""
    with tenant_context(cafe):
        publish(reward(), reward("cake", points=300), at=timezone.now() - DAY)
        who = regular()
        Customer.objects.filter(pk=who).update(name="Minji Kim")
        return redemption.redeem(who, "coffee", where="till", key="k1", at=timezone.now(), actor=SYSTEM)


def page(client: Client, path: str = LIST, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers, follow=True).content.decode()


def post(client: Client, taken: Redemption, act: str, **data: Any) -> str:
    client.cookies["language"] = "en"
    return client.post(f"{LIST}{taken.pk}/{act}/", {"key": "a", **data}, follow=True).content.decode()


def now(cafe: Merchant, taken: Redemption) -> tuple[str, int, int]:
    """State, and the member's points available and set aside."""
    with tenant_context(cafe):
        balance = Balance.objects.get(pk=taken.customer_id)
        return Redemption.objects.get(pk=taken.pk).state, balance.available, balance.held


def test_a_colleague_sees_what_was_taken(as_colleague: Client, taken: Redemption) -> None:
    text = page(as_colleague)
    assert f"{LIST}{taken.pk}/" in text
    assert "Minji Kim" in text


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client, taken: Redemption) -> None:
    assert as_outsider.get(f"{LIST}{taken.pk}/").status_code == 302


def test_an_empty_list_says_how_rewards_come(as_owner: Client) -> None:
    assert "Nobody has taken a reward yet" in page(as_owner)


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("q=minji", True), ("q=bob", False), ("state=ready", True), ("state=used", False), ("state=nonsense", True),
        ("reward=coffee", True), ("reward=cake", False), ("reward=%00", True), ("before=1", False),
        ("member=999999", False), ("member=x", True),
    ],
)  # fmt: skip
def test_filters_stand_in_the_address(as_owner: Client, taken: Redemption, query: str, is_there: bool) -> None:
    assert (f"{LIST}{taken.pk}/" in page(as_owner, f"{LIST}?{query}")) is is_there


def test_it_finds_by_code_however_typed(as_owner: Client, taken: Redemption) -> None:
    assert f"{LIST}{taken.pk}/" in page(as_owner, f"{LIST}?q={spaced(taken.code).lower()}")


def test_live_search_gets_only_the_results(as_owner: Client, taken: Redemption) -> None:
    assert "<html" not in page(as_owner, LIST, **{"HX-Target": "div#results", "HX-Request": "true"})


def test_a_code_that_is_shown_leads_to_it(as_colleague: Client, taken: Redemption) -> None:
    answer = as_colleague.get(f"{LIST}look-up/", {"code": f" {spaced(taken.code).lower()} "})
    assert answer["Location"] == f"{LIST}{taken.pk}/"


def test_an_unknown_code_is_said_to_be_unknown(as_colleague: Client, taken: Redemption) -> None:
    assert "No reward has this code" in page(as_colleague, f"{LIST}look-up/?code=R0000000000000")


def test_the_owner_uses_it_and_undoes_that(cafe: Merchant, as_owner: Client, taken: Redemption) -> None:
    post(as_owner, taken, "use")
    assert "Used." in post(as_owner, taken, "use")
    assert now(cafe, taken) == ("used", 900, 0)
    assert "the code is good again" in post(as_owner, taken, "unuse", key="")
    assert now(cafe, taken) == ("ready", 900, 100)


def test_a_used_code_is_not_used_twice(as_owner: Client, taken: Redemption) -> None:
    post(as_owner, taken, "use", key="one")
    assert "This code has been used already." in post(as_owner, taken, "use", key="two")


def test_cancelling_tells_the_member_why(cafe: Merchant, as_owner: Client, taken: Redemption) -> None:
    assert "sold out today" in post(as_owner, taken, "cancel", reason="sold out today")
    assert now(cafe, taken) == ("cancelled", 1000, 0)
    with tenant_context(cafe):
        entry = AuditEntry.objects.get(action="reward.cancelled")
    assert (entry.reason, entry.object_id) == ("sold out today", taken.customer_id)


def test_points_of_a_used_one_are_given_back(cafe: Merchant, as_owner: Client, taken: Redemption) -> None:
    post(as_owner, taken, "use")
    post(as_owner, taken, "give-back")
    assert now(cafe, taken) == ("returned", 1000, 0)


def test_an_analyst_looks_but_does_not_touch(cafe: Merchant, taken: Redemption) -> None:
    client = client_of(cafe, staff_of(cafe, Role.ANALYST))
    assert "Use the code" not in page(client, f"{LIST}{taken.pk}/")
    assert client.post(f"{LIST}{taken.pk}/use/", {"key": "a"}).status_code == 403


def test_what_cannot_be_done_is_not_found(as_owner: Client, taken: Redemption) -> None:
    assert as_owner.post(f"{LIST}{taken.pk}/burn/").status_code == 404
    assert as_owner.get(f"{LIST}{10**30}/").status_code == 404


def test_a_refusing_storefront_is_named_and_asked_again(cafe: Merchant, as_owner: Client, taken: Redemption) -> None:
    with tenant_context(cafe):
        Redemption.objects.update(at_store="failed", problem="missing_permission: 403 write_discounts")
    text = page(as_owner, f"{LIST}{taken.pk}/")
    assert "lacks a permission" in text
    post(as_owner, taken, "again")
    with tenant_context(cafe):
        assert Redemption.objects.get().at_store == "wanted"


def test_a_manager_gives_a_reward_with_a_reason(cafe: Merchant, as_owner: Client, taken: Redemption) -> None:
    path = f"/backoffice/customers/{taken.customer_id}/reward/"
    assert "Coffee" in page(as_owner, path)
    told = {"key": "g", "reward": "cake", "reason": "waited long"}
    first = as_owner.post(path, told)["Location"]
    assert as_owner.post(path, told)["Location"] == first
    assert now(cafe, taken) == ("ready", 900, 100)
    with tenant_context(cafe):
        assert Redemption.objects.get(reward="cake").points == 0
        assert AuditEntry.objects.get(action="reward.granted").reason == "waited long"


def test_a_reward_is_not_given_without_a_reason(as_owner: Client, taken: Redemption) -> None:
    path = f"/backoffice/customers/{taken.customer_id}/reward/"
    assert as_owner.post(path, {"key": "g", "reward": "cake"}).status_code == 422


def test_a_cashier_gives_nothing_away(as_colleague: Client, taken: Redemption) -> None:
    assert as_colleague.get(f"/backoffice/customers/{taken.customer_id}/reward/").status_code == 403


def test_a_cashier_uses_codes_at_the_till_alone(cafe: Merchant, as_colleague: Client, taken: Redemption) -> None:
    """The till has its limits and asks for approval: there is no way around it."""
    assert as_colleague.post(f"{LIST}{taken.pk}/use/", {"key": "k"}).status_code == 403
