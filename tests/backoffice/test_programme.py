"""The programme's pages: rules in plain words and money, publishing, versions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import worth
from loyalty.models import ProgrammeVersion
from loyalty.programme import default_rules
from loyalty.rules import Reward, Rules
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_programme, an_order
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db
PAGE, EDIT, PREVIEW = "/backoffice/programme/", "/backoffice/programme/edit/", "/backoffice/programme/preview/"


@pytest.fixture
def version(cafe: Merchant) -> ProgrammeVersion:
    return a_programme(cafe, timezone.now())


def filled_in(**changes: object) -> dict[str, object]:
    """The form as a browser sends the café's default rules, with some values changed."""
    sent = {
        "earn_points": "1", "earn_per": "100", "worth_of_100": "100", "rounding": "floor", "rounding_unit": "1",
        "minimum": "", "hold_days": "7", "expiry_months": "36", "expiry_ends": "month", "note": "",
        "rewards-TOTAL_FORMS": "5", "rewards-INITIAL_FORMS": "3", "rewards-MIN_NUM_FORMS": "0",
        "rewards-MAX_NUM_FORMS": "20",
    }  # fmt: skip
    for n, points in enumerate((1000, 3000, 5000)):
        money = f"{points:,}"
        row = {"name_ko": f"{money}원 할인", "name_en": f"₩{money} off", "points": points, "value": points}
        sent |= {f"rewards-{n}-{name}": str(value) for name, value in row.items()}
    return {**sent, **changes}


def page(client: Client, path: str = PAGE) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


def publish(client: Client, **changes: object) -> Any:
    client.cookies["language"] = "en"
    return client.post(EDIT, filled_in(**changes))


def preview(client: Client, **changes: object) -> str:
    client.cookies["language"] = "en"
    return client.post(PREVIEW, filled_in(**changes)).content.decode()


def latest(merchant: Merchant) -> ProgrammeVersion:
    with tenant_context(merchant):
        return ProgrammeVersion.objects.latest("number")


def test_the_rules_are_told_in_money(as_owner: Client, version: ProgrammeVersion) -> None:
    text = page(as_owner)
    assert "You give 1% back" in text
    assert "An order of ₩10,000" in text
    assert "earns 100 P, worth ₩100" in text


def test_the_rules_are_told_in_pounds(bikes: Merchant) -> None:
    a_programme(bikes, timezone.now())
    text = page(client_of(bikes, staff_of(bikes)))
    assert "An order of £10.00" in text
    assert "earns 10 P, worth £0.10" in text


def test_it_says_what_the_last_month_would_cost(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    an_order(cafe, timezone.now() - DAY, total=50000)
    assert "₩50,000 of orders would earn about 500 P, worth ₩500" in page(as_owner)


def test_a_shop_without_programme_is_offered_one(as_owner: Client) -> None:
    assert "No programme yet" in page(as_owner)
    assert "You give 1% back" in page(as_owner, EDIT)


def test_the_suggestion_can_be_published_as_it_is(cafe: Merchant, as_owner: Client) -> None:
    assert publish(as_owner).status_code == 302
    with tenant_context(cafe):
        assert latest(cafe).terms == default_rules("KR", "KRW")


def test_an_analyst_reads_but_does_not_change(as_analyst: Client, version: ProgrammeVersion) -> None:
    assert "Change the rules" not in page(as_analyst)
    assert as_analyst.get(EDIT).status_code == 403
    assert as_analyst.post(PREVIEW, filled_in()).status_code == 403


def test_a_cashier_does_not_see_the_programme(as_colleague: Client, version: ProgrammeVersion) -> None:
    assert as_colleague.get(PAGE).status_code == 403


def test_a_manager_publishes_the_next_version(cafe: Merchant, as_manager: Client, version: ProgrammeVersion) -> None:
    assert publish(as_manager, earn_points="3", note="가을 행사").status_code == 302
    published = latest(cafe)
    assert (published.number, published.terms.earn_points, published.note) == (2, 3, "가을 행사")


def test_publishing_is_in_the_audit_trail(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    publish(as_owner, earn_points="3")
    with tenant_context(cafe):
        trail = AuditEntry.objects.filter(action="programme.published").latest("pk")
    assert trail.changes["earn_points"] == [1, 3]


def test_publishing_nothing_new_makes_no_version(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    assert publish(as_owner).status_code == 302
    assert latest(cafe).number == 1


def test_amounts_are_kept_in_minor_units(bikes: Merchant) -> None:
    a_programme(bikes, timezone.now())
    client = client_of(bikes, staff_of(bikes))
    publish(client, earn_per="1.50", worth_of_100="1", minimum="5", **{"rewards-0-value": "4.99"})
    rules = latest(bikes).terms
    assert (rules.earn_per, rules.minimum_minor, rules.rewards[0].value_minor) == (150, 500, 499)


def test_a_reward_left_empty_is_left_out(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    emptied = {f"rewards-1-{name}": "" for name in ("name_ko", "name_en", "points", "value")}
    publish(as_owner, **emptied)
    assert [reward.points for reward in latest(cafe).terms.rewards] == [1000, 5000]


def test_a_reward_is_added(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    publish(as_owner, **{"rewards-3-name_ko": "무료 음료", "rewards-3-points": "700", "rewards-3-value": "4500"})
    added = latest(cafe).terms.rewards[-1]
    assert (added.name, added.points, added.value_minor) == ({"ko": "무료 음료"}, 700, 4500)


@pytest.mark.parametrize(
    "wrong",
    [
        {"earn_points": "0"}, {"earn_points": ""}, {"earn_per": "0"}, {"earn_per": "NaN"}, {"earn_per": "1e400"},
        {"earn_per": "100.5"}, {"worth_of_100": "-1"}, {"rounding": "sideways"}, {"rounding_unit": "7"},
        {"hold_days": "400"}, {"hold_days": "x"}, {"expiry_months": "999"}, {"hold_days": "365", "expiry_months": "6"},
        {"rewards-3-points": "10"}, {"rewards-0-points": "0"}, {"rewards-0-name_ko": "긴" * 61},
        {"rewards-TOTAL_FORMS": "x"}, {"rewards-TOTAL_FORMS": "1000"}, {"note": "a\x00"},
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_come_back(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, wrong: dict[str, str]
) -> None:
    response = publish(as_owner, **wrong)
    assert response.status_code == 422
    assert latest(cafe).number == 1


def test_what_was_typed_survives_a_mistake(as_owner: Client, version: ProgrammeVersion) -> None:
    text = publish(as_owner, earn_points="0", note="가을 행사").content.decode()
    assert "가을 행사" in text


def test_the_preview_follows_the_form(as_owner: Client, version: ProgrammeVersion) -> None:
    text = preview(as_owner, earn_points="5")
    assert "You give 5% back" in text
    assert "earns 500 P, worth ₩500" in text


def test_the_preview_shows_what_would_change(as_owner: Client, version: ProgrammeVersion) -> None:
    text = preview(as_owner, hold_days="0")
    assert "7 days after payment" in text
    assert "At once" in text


def test_the_preview_is_only_the_consequences(as_owner: Client, version: ProgrammeVersion) -> None:
    text = preview(as_owner)
    assert "<html" not in text
    assert "<input" not in text


def test_the_preview_of_nonsense_is_no_error(as_owner: Client, version: ProgrammeVersion) -> None:
    assert "Fill in the fields" in preview(as_owner, earn_per="")


def test_a_version_shows_what_it_changed(as_owner: Client, version: ProgrammeVersion) -> None:
    publish(as_owner, earn_points="2", note="두 배")
    text = page(as_owner, "/backoffice/programme/versions/2/")
    assert "두 배" in text
    assert "1 P for every ₩100 spent" in text
    assert "2 P for every ₩100 spent" in text


def test_the_first_version_says_so(as_owner: Client, version: ProgrammeVersion) -> None:
    assert "The first version." in page(as_owner, "/backoffice/programme/versions/1/")


@pytest.mark.parametrize("number", ["7", "9" * 30])
def test_an_unknown_version_is_not_found(as_owner: Client, number: str) -> None:
    assert as_owner.get(f"/backoffice/programme/versions/{number}/").status_code == 404


def test_the_page_needs_few_queries(
    as_owner: Client, version: ProgrammeVersion, queries_of: Callable[..., int]
) -> None:
    assert queries_of(as_owner, PAGE) <= 7


@pytest.mark.parametrize(
    ("points", "per", "worth_of_100", "percent"),
    [(1, 100, 100, "1"), (1, 200, 100, "0.5"), (3, 100, 50, "1.5"), (1, 300, 100, "0.33")],
)
def test_percent_back_counts_what_points_are_worth(points: int, per: int, worth_of_100: int, percent: str) -> None:
    assert worth.percent_back(Rules("KRW", points, per, worth_of_100=worth_of_100)) == percent
