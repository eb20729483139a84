"""The replay's page: asking, watching, stopping, reading."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from loyalty import drafts, replaying
from loyalty.models import Draft
from loyalty.programme import default_rules
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.backoffice.editing import EDIT
from tests.backoffice.scenes import DAY, a_programme, an_order

pytestmark = pytest.mark.django_db
PAGE = EDIT + "replay/"


@pytest.fixture
def drafted(cafe: Merchant) -> Merchant:
    """A shop with one order and a draft that gives three times as much."""
    now = timezone.now()
    a_programme(cafe, now)
    an_order(cafe, now - 10 * DAY, total=50_000)
    with tenant_context(cafe):
        rules = replace(default_rules("KR", "KRW"), earn_points=3)
        drafts.save(rules.to_json(), revision=0, actor=SYSTEM, at=now)
    return cafe


def page(client: Client, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(PAGE, headers=headers).content.decode()


def ask(client: Client, days: str = "90") -> None:
    client.cookies["language"] = "en"
    assert client.post(PAGE + "ask/", {"days": days}).status_code == 302


def test_it_says_what_the_draft_would_have_cost(drafted: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    drain(drafted, timezone.now())
    text = page(as_owner)
    assert "1,500 P" in text
    assert "really 500 P" in text
    assert "₩1,000 more in this time" in text
    assert "김민지" in text


def test_it_says_what_else_than_orders_gives(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    an_order(cafe, now - 10 * DAY, total=50_000)
    hello = {"key": "hello", "kind": "sign_up", "name": {"en": "Hello"}, "points": 3000}
    with tenant_context(cafe):
        rules = {**default_rules("KR", "KRW").to_json(), "earning": [hello]}
        drafts.save(rules, revision=0, actor=SYSTEM, at=now)
    ask(as_owner)
    drain(cafe, timezone.now())
    text = page(as_owner)
    assert "What the points are for" in text
    assert "Joining" in text
    assert "+3,000 P" in text


def test_it_shows_how_far_it_is(drafted: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    text = page(as_owner)
    assert "0 of 1 orders" in text
    piece = page(as_owner, HX_Request="true", HX_Target="div#replay")
    assert "0 of 1 orders" in piece
    assert "<html" not in piece


def test_it_can_be_stopped(drafted: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    as_owner.post(PAGE + "stop/")
    assert "The replay was stopped." in page(as_owner)


def test_figures_of_an_earlier_draft_are_marked(drafted: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    drain(drafted, timezone.now())
    assert "The draft was changed since" not in page(as_owner)
    with tenant_context(drafted):
        draft = Draft.objects.get()
        drafts.save(draft.rules, revision=draft.revision, actor=SYSTEM, at=timezone.now())
    assert "The draft was changed since" in page(as_owner)


def test_publishing_shows_it_too(drafted: Merchant, as_owner: Client) -> None:
    ask(as_owner, "365")
    drain(drafted, timezone.now())
    as_owner.cookies["language"] = "en"
    text = as_owner.get(EDIT + "publish/").content.decode()
    assert "By your real orders of the last 365 days" in text
    assert "1,500 P" in text


def test_a_replay_that_failed_says_so(drafted: Merchant, as_owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> int:
        raise LookupError

    monkeypatch.setattr(replaying, "_count", fail)
    ask(as_owner)
    with tenant_context(drafted):
        Draft.objects.update(replay=Draft.Replay.FAILED)
    assert "could not be finished" in page(as_owner)


@pytest.mark.parametrize("days", ["", "7", "x"])
def test_other_times_are_refused(drafted: Merchant, as_owner: Client, days: str) -> None:
    ask(as_owner, days)
    assert "Choose 90 or 365 days." in page(as_owner)


def test_without_a_draft_there_is_nothing_to_replay(cafe: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    assert "There is no draft" in page(as_owner)
