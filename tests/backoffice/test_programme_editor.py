"""The programme's editor: each part saves into the draft, says what it means, and publishes as one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from loyalty import drafts
from loyalty.models import Draft, ProgrammeVersion
from loyalty.programme import current, default_rules
from loyalty.rules import Rules
from loyalty.starts import STARTS, start
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from storefront.models import Store
from tenants.models import Merchant
from tests.backoffice.editing import EDIT, drafted, form_of, preview, save, saved
from tests.backoffice.scenes import DAY, a_programme, a_store, an_order
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db
RULE_KINDS = ("order", "lines", "nth_order", "sign_up", "birthday", "review", "social", "visit", "survey", "custom")
REWARD_KINDS = ("amount", "percent", "shipping", "product", "variable", "gift_card", "store_credit", "manual")


@pytest.fixture
def version(cafe: Merchant) -> ProgrammeVersion:
    return a_programme(cafe, timezone.now())


def put(merchant: Merchant, rules: Rules) -> Draft:
    """The draft, as somebody else saved it."""
    with tenant_context(merchant):
        present = drafts.draft()
        revision = present.revision if present else 0
        actor = Actor("staff", 9, "이도현")
        return drafts.save(rules.to_json(), revision=revision, actor=actor, at=timezone.now())


def publish(client: Client, **changes: Any) -> Any:
    client.cookies["language"] = "en"
    text = client.get(EDIT + "publish/").content.decode()
    revision = text.split('name="revision" value="')[1].split('"')[0]
    return client.post(EDIT + "publish/", {"revision": revision, "when": "now", "note": "", **changes})


def text_of(client: Client, path: str = "") -> str:
    client.cookies["language"] = "en"
    return client.get(EDIT + path).content.decode()


# ── The basic rule ──────────────────────────────────────────────────────────────────────────────


def test_a_part_is_saved_into_the_draft(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/", earn_points="3")
    assert drafted(cafe).earn_points == 3
    with tenant_context(cafe):
        assert current() == version


def test_saving_a_part_leaves_the_others(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/", earn_points="3")
    saved(as_owner, "terms/", hold_days="9")
    rules = drafted(cafe)
    assert (rules.earn_points, rules.hold_days, len(rules.rewards)) == (3, 9, 3)


def test_amounts_are_typed_in_pounds_and_kept_in_pence(bikes: Merchant) -> None:
    a_programme(bikes, timezone.now())
    client = client_of(bikes, staff_of(bikes))
    saved(client, "earning/", earn_per="1.50", worth_of_100="1", minimum="5")
    rules = drafted(bikes)
    assert (rules.earn_per, rules.worth_of_100, rules.minimum_minor) == (150, 100, 500)


def test_consequences_stand_in_money_at_the_field(as_owner: Client, version: ProgrammeVersion) -> None:
    text = preview(as_owner, "earning/", earn_points="5")
    assert "₩10,000 earns 500 P, worth ₩500." in text
    assert "You give 5% back" in text


def test_the_phone_shows_the_draft_in_the_chosen_language(as_owner: Client, version: ProgrammeVersion) -> None:
    assert "You collect 5 % of what you spend" in preview(as_owner, "earning/", earn_points="5", seen_in="en")
    assert "5 %" not in preview(as_owner, "earning/", earn_points="3", seen_in="en")


def test_the_preview_of_nonsense_is_no_error(as_owner: Client, version: ProgrammeVersion) -> None:
    assert "Fill in the fields" in preview(as_owner, "earning/", earn_per="")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("earning/", {"earn_points": ""}), ("earning/", {"earn_per": "0"}), ("earning/", {"earn_per": "1e400"}),
        ("earning/", {"earn_per": "100.5"}), ("earning/", {"rounding": "sideways"}),
        ("earning/", {"rounding_unit": "7"}), ("terms/", {"hold_days": "400"}), ("terms/", {"hold_days": "x"}),
        ("terms/", {"expiry_months": "999"}), ("terms/", {"hold_days": "365", "expiry_months": "6"}),
        ("terms/", {"notices": "soon"}), ("tiers/", {"metric": "height"}), ("rules/", {"stacking": "sideways"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_comes_back(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, path: str, wrong: dict[str, str]
) -> None:
    assert save(as_owner, path, **wrong).status_code == 422
    with tenant_context(cafe):
        assert drafts.draft() is None


# ── Items ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_each_kind_of_rule_is_added_as_suggested(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, kind: str
) -> None:
    more = {"event": "workshop"} if kind == "custom" else {}
    saved(as_owner, f"rules/new/?kind={kind}", **more)
    rules = drafted(cafe)
    assert [rule.kind for rule in rules.earning] == [kind]
    assert Rules.from_json(rules.to_json()) == rules


@pytest.mark.parametrize("kind", REWARD_KINDS)
def test_each_kind_of_reward_is_added(cafe: Merchant, as_owner: Client, version: ProgrammeVersion, kind: str) -> None:
    most = {"least_points": "1000", "most_points": "5000"} if kind == "variable" else {}
    product = {"product": "p-1"} if kind == "product" else {}
    given = {"name_ko": "보상", "points": "1000", "value": "1000", **most, **product}
    saved(as_owner, f"rewards/new/?kind={kind}", **given)
    rules = drafted(cafe)
    assert (rules.rewards[-1].kind, rules.rewards[-1].points) == (kind, 1000)
    assert Rules.from_json(rules.to_json()) == rules


def test_a_rule_opens_as_it_was_saved(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    given = {
        "effect": "multiply", "factor": "1.5", "weekdays": ["5", "6"], "from_time": "14:00", "to_time": "16:00",
        "starts_at": "2026-12-01T00:00", "minimum": "20000", "times_a_day": "2", "for_tags": "단골, 친구",
    }  # fmt: skip
    saved(as_owner, "rules/new/?kind=order", **given)
    rule = drafted(cafe).earning[0]
    saved(as_owner, f"rules/{rule.key}/")
    assert drafted(cafe).earning[0] == rule
    assert (rule.factor, rule.window.weekdays, rule.audience.tags) == (150, (5, 6), ("단골", "친구"))
    assert rule.window.starts_at == "2026-12-01T00:00:00+09:00"


def test_a_tier_is_added_above_the_others(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    put(cafe, start("tiers", "KR", "KRW"))
    saved(as_owner, "tiers/new/", name_en="Silver minus", threshold="200000")
    thresholds = [tier.threshold for tier in drafted(cafe).tiers.tiers]
    assert thresholds == sorted(thresholds)
    assert 200_000 in thresholds


def test_a_card_is_added(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    put(cafe, start("cafe_stamps", "KR", "KRW"))
    saved(as_owner, "stamps/new/", name_en="Beans", stamps="5", reward="free-drink", by="item", tags="bean")
    card = drafted(cafe).stamps[-1]
    assert (card.stamps, card.by, card.lines.tags) == (5, "item", ("bean",))


def test_rules_are_moved_switched_off_and_removed(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "rules/new/?kind=sign_up")
    saved(as_owner, "rules/new/?kind=birthday")
    first, second = drafted(cafe).earning
    for path in (f"rules/{second.key}/up/", f"rules/{first.key}/off/"):
        assert as_owner.post(EDIT + path, form_of(as_owner, "rules/")).status_code == 302
    moved = {rule.key: rule for rule in drafted(cafe).earning}
    assert moved[second.key].priority > moved[first.key].priority
    assert not moved[first.key].active
    as_owner.post(f"{EDIT}rules/{second.key}/remove/", form_of(as_owner, "rules/"))
    assert [rule.key for rule in drafted(cafe).earning] == [first.key]


def test_each_rule_says_what_it_means(as_owner: Client, version: ProgrammeVersion) -> None:
    text = preview(as_owner, "rules/new/?kind=order", effect="multiply", factor="2")
    assert "₩10,000 earns 200 P instead of 100 P." in text
    assert "Worth ₩1,000 to you." in preview(as_owner, "rules/new/?kind=sign_up", points="1000")


def test_an_example_counts_all_rules_and_says_which_gave_what(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion
) -> None:
    put(cafe, replace(start("tiers", "KR", "KRW"), stacking="add"))
    saved(as_owner, "rules/new/?kind=order", name_en="Cake day", effect="multiply", factor="3", weekdays=["5", "6"])
    text = preview(as_owner, "rules/new/?kind=order", effect="multiply", factor="2", weekdays=["5", "6"], name_en="Two")
    assert "₩10,000 earns 400 P instead of 300 P." in text
    assert re.search(r"An order that this rule is for: ₩10,000 · (Saturday|Sunday), ", text)
    assert "<dt>Cake day</dt><dd>+200 P</dd>" in text
    assert "<dt>Two</dt><dd>+100 P</dd>" in text


def test_the_example_is_an_order_as_is_usual_for_the_shop(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion
) -> None:
    for number in range(10):
        an_order(cafe, timezone.now() - DAY, number=str(number), total=4_480)
    assert "An order of ₩4,400, as is usual for you" in text_of(as_owner, "earning/")
    assert "₩4,400 earns 44 P, worth ₩44." in text_of(as_owner, "earning/")


@pytest.mark.parametrize(("where", "level"), [(["store"], "danger"), (["store", "till"], "warning")])
def test_a_reward_that_the_store_cannot_make_says_so_at_its_field(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, where: list[str], level: str
) -> None:
    a_store(cafe, timezone.now(), kind=Store.Kind.SHOPIFY, name="소담몰", credentials="x")
    given = {
        "name_ko": "보상",
        "points": "1000",
        "value": "1000",
        "percent": "10",
        "most_value": "5000",
        "where": where,
    }
    text = preview(as_owner, "rewards/new/?kind=percent", **given)
    warned = text.split("-most_value-warns")[-1].split("</p>")[0] if "-most_value-warns" in text else ""
    assert "소담몰 can&#x27;t make a code for a percentage with an upper limit." in warned
    saved(as_owner, "rewards/new/?kind=percent", **given)
    told = text_of(as_owner, "publish/").split("소담몰 can")[0]
    assert told.endswith('data-tone="danger"') or f'data-tone="{level}"' in told.rsplit("<li>", 1)[-1]


def test_an_item_that_is_gone_leads_back(as_owner: Client, version: ProgrammeVersion) -> None:
    assert as_owner.get(EDIT + "rules/nothing-1/").status_code == 302


@pytest.mark.parametrize("path", ["nothing/", "earning/new/", "rules/a/explode/", "start/nothing/"])
def test_what_there_is_not_is_not_found(as_owner: Client, version: ProgrammeVersion, path: str) -> None:
    assert as_owner.post(EDIT + path, {"revision": "0"}).status_code == 404


# ── Two who edit ────────────────────────────────────────────────────────────────────────────────


def test_two_editors_do_not_overwrite_each_other(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    opened = form_of(as_owner, "earning/")
    put(cafe, default_rules("KR", "KRW"))
    response = as_owner.post(EDIT + "earning/", {**opened, "earn_points": "7"})
    assert response.status_code == 422
    assert "이도현 changed the draft" in response.content.decode()
    assert drafted(cafe).earn_points == 1


def test_saving_again_keeps_ones_own_page(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    opened = form_of(as_owner, "earning/")
    draft = put(cafe, default_rules("KR", "KRW"))
    as_owner.post(EDIT + "earning/", {**opened, "earn_points": "7", "revision": str(draft.revision)})
    assert drafted(cafe).earn_points == 7


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_revision_that_is_none_is_refused(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, revision: str
) -> None:
    assert save(as_owner, "earning/", revision=revision).status_code == 422


# ── Drafts of older versions ────────────────────────────────────────────────────────────────────

OLD_DRAFTS: list[Any] = [
    [], {"earn_points": "3", "surprise": {"a": [1]}}, {"tiers": 3, "rewards": [None, {"name": 7}], "stamps": "x"},
    {"earning": [{"key": "Not a key", "kind": "car", "name": {}}, {"key": "a", "kind": "order", "name": {"en": "A"},
     "window": {"ends_at": None, "weekdays": [9]}, "points": 5, "old": 1}]},
]  # fmt: skip


@pytest.mark.parametrize("spoilt", OLD_DRAFTS, ids=str)
def test_a_draft_that_cannot_be_read_any_more_opens_and_says_so(
    cafe: Merchant, as_owner: Client, version: ProgrammeVersion, spoilt: Any
) -> None:
    with tenant_context(cafe):
        rules = spoilt if isinstance(spoilt, list) else {**version.rules, **spoilt}
        Draft.objects.create(pk=1, rules=rules, revision=5, based_on=1, changed_at=timezone.now(), changed_by="이도현")
    for path in ("", "earning/", "rules/", "stamps/", "tiers/", "tiers/movers/", "rewards/", "terms/", "replay/"):
        assert as_owner.get(EDIT + path).status_code == 200
    assert "Mend what is red first." in text_of(as_owner, "publish/")
    assert publish(as_owner).status_code == 422
    saved(as_owner, "earning/", earn_points="3")
    assert drafted(cafe).earn_points == 3


# ── Starts and publishing ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(("country", "currency"), [("KR", "KRW"), ("JP", "JPY"), ("US", "USD"), ("DE", "EUR")])
def test_a_start_is_published_in_two_clicks(
    cafe: Merchant, as_owner: Client, name: str, country: str, currency: str
) -> None:
    Merchant.objects.filter(pk=cafe.pk).update(country=country, currency=currency)
    as_owner.post(f"{EDIT}start/{name}/", {"revision": "0"})
    assert 'data-tone="danger"' not in text_of(as_owner)
    assert publish(as_owner).status_code == 302
    with tenant_context(cafe):
        published = current()
        assert published is not None
        assert published.terms == start(name, country, currency)
        assert drafts.draft() is None


def test_publishing_shows_what_changes(as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/", earn_points="3")
    text = text_of(as_owner, "publish/")
    assert "1 P for every ₩100 spent" in text
    assert "3 P for every ₩100 spent" in text


def test_what_is_wrong_leads_to_its_field(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    put(cafe, start("cafe_stamps", "KR", "KRW"))
    as_owner.post(f"{EDIT}rewards/free-drink/remove/", form_of(as_owner, "rewards/"))
    text = text_of(as_owner, "publish/")
    assert f'href="{EDIT}stamps/visits/"' in text
    assert publish(as_owner).status_code == 422


def test_a_draft_is_published_for_later(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/", earn_points="3")
    assert publish(as_owner, when="later", begins="2099-01-01T00:00").status_code == 302
    with tenant_context(cafe):
        latest = current()
        assert latest is not None
        assert latest.in_force_from.isoformat() == "2098-12-31T15:00:00+00:00"


@pytest.mark.parametrize("begins", ["", "2001-01-01T00:00", "soon"])
def test_a_moment_that_cannot_be_is_refused(as_owner: Client, version: ProgrammeVersion, begins: str) -> None:
    saved(as_owner, "earning/", earn_points="3")
    assert publish(as_owner, when="later", begins=begins).status_code == 422


def test_publishing_is_in_the_audit_trail(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/", earn_points="3")
    publish(as_owner, note="가을 행사")
    with tenant_context(cafe):
        trail = AuditEntry.objects.filter(action="programme.published").latest("pk")
    assert (trail.changes["earn_points"], trail.reason) == ([1, 3], "가을 행사")


def test_publishing_nothing_new_makes_no_version(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    saved(as_owner, "earning/")
    assert publish(as_owner).status_code == 302
    with tenant_context(cafe):
        assert current() == version


def test_a_draft_is_thrown_away(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    draft = put(cafe, start("points", "KR", "KRW"))
    as_owner.post(EDIT + "discard/", {"revision": str(draft.revision)})
    with tenant_context(cafe):
        assert drafts.draft() is None
        assert AuditEntry.objects.filter(action="programme.draft_discarded").exists()


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["", "earning/", "rules/new/", "publish/", "replay/", "tiers/movers/"])
def test_only_who_publishes_edits(as_analyst: Client, as_manager: Client, version: ProgrammeVersion, path: str) -> None:
    assert as_analyst.get(EDIT + path).status_code == 403
    assert as_manager.get(EDIT + path).status_code == 200


def test_who_would_change_tier_is_shown(cafe: Merchant, as_owner: Client, version: ProgrammeVersion) -> None:
    with tenant_context(cafe):
        drafts.save(start("tiers", "KR", "KRW").to_json(), revision=0, actor=SYSTEM, at=timezone.now())
    text = text_of(as_owner, "tiers/movers/")
    assert "Gold" in text
    assert "<html" not in as_owner.get(EDIT + "tiers/movers/", headers={"HX-Request": "true"}).content.decode()
