"""Home: the sentence, the figures, the checklist, the navigation."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import figures
from staff.models import AuditEntry, User
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_delivery, a_member, a_programme, a_refund, a_store, an_order, some_points

pytestmark = pytest.mark.django_db
HOME = "/backoffice/"


def page(client: Client, path: str = HOME) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


def test_a_new_shop_is_told_what_to_do_first(as_owner: Client) -> None:
    text = page(as_owner)
    assert "Nothing has arrived yet." in text
    assert "Points outstanding" not in text
    assert "Set up your shop" in text


def test_a_colleague_sees_home(as_colleague: Client) -> None:
    assert as_colleague.get(HOME).status_code == 200


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client) -> None:
    assert "/account/login" in as_outsider.get(HOME)["Location"]


def test_nobody_is_sent_to_sign_in(as_nobody: Client) -> None:
    assert "/account/login" in as_nobody.get(HOME)["Location"]


def test_it_counts_customers_who_came_back(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    an_order(cafe, now - 20 * DAY, number="1")
    an_order(cafe, now - 2 * DAY, number="2")
    assert "1 customer came back in the last 7 days." in page(as_owner)


def test_a_first_order_is_not_a_return(cafe: Merchant, as_owner: Client) -> None:
    an_order(cafe, timezone.now() - DAY)
    assert "0 customers came back" in page(as_owner)


def test_a_test_order_is_not_counted(in_cafe: Merchant, now: datetime) -> None:
    an_order(in_cafe, now - DAY, test=True)
    assert figures.overview(days=7, currency="KRW", at=now).orders.now == 0


def test_turnover_is_less_what_was_refunded(in_cafe: Merchant, now: datetime) -> None:
    an_order(in_cafe, now - DAY, total=12000, refunds=(a_refund("1001", now - DAY, total=2000),))
    assert figures.overview(days=7, currency="KRW", at=now).turnover.now == 10000


def test_orders_are_compared_with_the_period_before(in_cafe: Merchant, now: datetime) -> None:
    for number, days in enumerate((1, 2, 9)):
        an_order(in_cafe, now - days * DAY, number=str(number))
    orders = figures.overview(days=7, currency="KRW", at=now).orders
    assert (orders.now, orders.before, orders.percent, orders.trend) == (2, 1, 100, "up")


def test_somebody_who_came_twice_in_the_period_came_back(in_cafe: Merchant, now: datetime) -> None:
    an_order(in_cafe, now - 2 * DAY, number="1")
    an_order(in_cafe, now - DAY, number="2")
    came_back = figures.overview(days=7, currency="KRW", at=now).came_back
    assert (came_back.now, came_back.before) == (1, 0)


def test_guests_never_come_back(in_cafe: Merchant, now: datetime) -> None:
    for number in range(3):
        an_order(in_cafe, now - DAY, number=str(number), buyer=None)
    numbers = figures.overview(days=7, currency="KRW", at=now)
    assert (numbers.orders.now, numbers.came_back.now) == (3, 0)


def test_figures_are_live_in_a_small_shop(in_cafe: Merchant, now: datetime) -> None:
    figures.remembered(days=7, currency="KRW", at=now)
    an_order(in_cafe, now - DAY)
    assert figures.remembered(days=7, currency="KRW", at=now).orders.now == 1


def test_figures_of_a_large_shop_are_remembered(
    in_cafe: Merchant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MANY_ORDERS", 1)
    an_order(in_cafe, now - DAY)
    figures.remembered(days=7, currency="KRW", at=now - DAY / 2)
    assert figures.remembered(days=7, currency="KRW", at=now).at == now - DAY / 2


def test_points_earned_equal_the_ledger(in_cafe: Merchant, now: datetime) -> None:
    a_programme(in_cafe, now)
    an_order(in_cafe, now - DAY, total=12000)
    numbers = figures.overview(days=7, currency="KRW", at=now)
    assert (numbers.earned.now, sum(week.earned for week in numbers.weeks)) == (120, 120)


def test_points_outstanding_count_pending_ones(in_cafe: Merchant, now: datetime) -> None:
    a_programme(in_cafe, now)
    an_order(in_cafe, now - DAY, total=12000)
    assert figures.overview(days=7, currency="KRW", at=now).outstanding == 120


def test_the_liability_is_shown_in_money(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    some_points(cafe, a_member(cafe, now), 500, now)
    assert "worth ₩500" in page(as_owner)


def test_another_period_is_chosen_by_the_address(as_owner: Client) -> None:
    assert "No orders in the last 30 days." not in page(as_owner, "/backoffice/?days=30")  # nothing ever arrived
    assert as_owner.get("/backoffice/?days=soon").status_code == 200


def test_the_checklist_ticks_the_storefront(cafe: Merchant, as_owner: Client) -> None:
    assert "0 of 7 done" in page(as_owner)
    a_store(cafe, timezone.now())
    assert "1 of 7 done" in page(as_owner)


def test_the_checklist_ticks_the_first_order(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    order = an_order(cafe, now)
    a_delivery(cafe, a_store(cafe, now), now, order_id=order.pk)
    assert "2 of 7 done" in page(as_owner)


def test_a_purchase_at_the_till_is_a_first_order_and_needs_no_storefront(cafe: Merchant, as_owner: Client) -> None:
    an_order(cafe, timezone.now(), source="till")
    assert "2 of 7 done" in page(as_owner)


def test_the_step_to_take_next_is_marked(as_owner: Client) -> None:
    text = page(as_owner)
    assert text.count('aria-current="step"') == 1
    assert "Check your shop" in text.partition('aria-current="step"')[2][:300]


def test_the_checklist_ticks_a_colleague(cafe: Merchant, as_owner: Client, colleague: User) -> None:
    assert "1 of 7 done" in page(as_owner)


def test_the_checklist_ticks_what_was_looked_at(cafe: Merchant, as_owner: Client) -> None:
    assert as_owner.get("/backoffice/setup/programme/").status_code == 302
    as_owner.get("/backoffice/poster/")
    assert "2 of 7 done" in page(as_owner)


def test_an_unknown_step_is_not_found(as_owner: Client) -> None:
    assert as_owner.get("/backoffice/setup/nothing/").status_code == 404


def test_the_checklist_is_put_away_for_good(cafe: Merchant, as_owner: Client) -> None:
    as_owner.post("/backoffice/setup/dismiss/")
    assert "Set up your shop" not in page(as_owner)
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(action="setup.dismissed").count() == 1


def test_a_colleague_may_not_put_the_checklist_away(as_colleague: Client) -> None:
    assert as_colleague.post("/backoffice/setup/dismiss/").status_code == 403


def test_a_colleague_sees_only_the_steps_they_may_take(as_colleague: Client) -> None:
    text = page(as_colleague)
    assert "Put up the poster" in text
    assert "Connect a storefront" not in text


def test_the_navigation_shows_what_the_role_may_open(as_colleague: Client) -> None:
    text = page(as_colleague)
    assert 'href="/backoffice/customers/"' in text
    assert 'href="/backoffice/storefronts/"' not in text


def test_the_navigation_counts_deliveries_given_up(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_delivery(cafe, a_store(cafe, now), now, state="dead")
    assert '<span class="badge" data-tone="danger">1</span>' in page(as_owner)


def test_home_needs_few_queries(cafe: Merchant, as_owner: Client, queries_of: Callable[..., int]) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    for number in range(3):
        an_order(cafe, now - number * DAY, number=str(number))
    assert queries_of(as_owner, HOME) <= 13


def test_the_poster_leads_to_the_portal(cafe: Merchant, as_colleague: Client) -> None:
    assert cafe.url("/") in page(as_colleague, "/backoffice/poster/")
