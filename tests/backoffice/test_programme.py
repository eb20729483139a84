"""The programme's pages: rules in plain words and money, publishing, versions."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import worth
from loyalty import drafts, programme
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_programme, an_order
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db
PAGE, EDIT = "/backoffice/programme/", "/backoffice/programme/edit/"


@pytest.fixture
def version(cafe: Merchant) -> ProgrammeVersion:
    return a_programme(cafe, timezone.now())


def page(client: Client, path: str = PAGE) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


def publish(merchant: Merchant, note: str = "", **changes: object) -> ProgrammeVersion:
    """The next version, with these changes."""
    with tenant_context(merchant):
        rules = replace(programme.current().terms, **changes)  # type: ignore[union-attr]
        return programme.publish(rules, actor=SYSTEM, at=timezone.now(), note=note)


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


def test_a_shop_without_programme_is_offered_starts(as_owner: Client) -> None:
    text = page(as_owner)
    assert "No programme yet" in text
    assert "/backoffice/programme/edit/start/cafe_stamps/" in text


def test_an_analyst_reads_but_does_not_change(as_analyst: Client, version: ProgrammeVersion) -> None:
    assert "Change the rules" not in page(as_analyst)
    assert as_analyst.get(EDIT).status_code == 403


def test_a_cashier_does_not_see_the_programme(as_colleague: Client, version: ProgrammeVersion) -> None:
    assert as_colleague.get(PAGE).status_code == 403


def test_a_version_shows_what_it_changed(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    publish(cafe, note="두 배", earn_points=2)
    text = page(as_owner, "/backoffice/programme/versions/2/")
    assert "두 배" in text
    assert "1 P for every ₩100 spent" in text
    assert "2 P for every ₩100 spent" in text


def test_an_earlier_version_becomes_a_draft(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    publish(cafe, earn_points=2)
    assert "Make a draft of it" in page(as_owner, "/backoffice/programme/versions/1/")
    as_owner.post("/backoffice/programme/versions/1/again/", {"revision": "0"})
    with tenant_context(cafe):
        draft = drafts.draft()
        assert draft is not None
        assert drafts.read(draft.rules) == version.terms
        assert programme.current() != version


def test_the_first_version_says_so(as_owner: Client, version: ProgrammeVersion) -> None:
    assert "The first version." in page(as_owner, "/backoffice/programme/versions/1/")


@pytest.mark.parametrize("number", ["7", "9" * 30])
def test_an_unknown_version_is_not_found(as_owner: Client, number: str) -> None:
    assert as_owner.get(f"/backoffice/programme/versions/{number}/").status_code == 404


def test_the_page_needs_few_queries(
    as_owner: Client, version: ProgrammeVersion, queries_of: Callable[..., int]
) -> None:
    assert queries_of(as_owner, PAGE) <= 9


@pytest.mark.parametrize(
    ("points", "per", "worth_of_100", "percent"),
    [(1, 100, 100, "1"), (1, 200, 100, "0.5"), (3, 100, 50, "1.5"), (1, 300, 100, "0.33")],
)
def test_percent_back_counts_what_points_are_worth(points: int, per: int, worth_of_100: int, percent: str) -> None:
    assert worth.percent_back(Rules("KRW", points, per, worth_of_100=worth_of_100)) == percent


def test_the_phone_does_not_show_what_staff_are_told(as_owner: Client) -> None:
    as_owner.cookies["language"] = "en"
    filled = as_owner.post("/backoffice/programme/edit/start/points/", {"revision": "0"}, follow=True).content.decode()
    assert "srcdoc=" in filled
    assert filled.count("Filled in. Look through it") == 1
