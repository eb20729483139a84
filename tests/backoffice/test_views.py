"""Saved views of the list of members: the system's, one's own, shared ones, and the one the list opens with."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from staff.models import User
from tenants.models import Merchant
from tests.backoffice.scenes import a_member, an_order

pytestmark = pytest.mark.django_db
LIST, SAVE = "/backoffice/customers/", "/backoffice/customers/views/"


def page(client: Client, path: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


def save(client: Client, query: str = "tag=VIP", name: str = "단골 손님", shared: str = "") -> str:
    """Keep a view; its key."""
    answer = client.post(SAVE, {"name": name, "query": query, **({"shared": shared} if shared else {})})
    found = re.search(r"view=(\w+)", answer["Location"])
    assert found
    return found[1]


def act(client: Client, key: str, name: str, query: str = "") -> int:
    return client.post(f"{SAVE}{key}/{name}/", {"query": query}).status_code


def test_some_views_are_there_from_the_beginning(as_owner: Client) -> None:
    text = page(as_owner, LIST)
    for name in ("Dormant soon", "Birthday this week", "New this month", "Unused codes"):
        assert name in text


def test_a_view_keeps_filters_and_order(as_owner: Client) -> None:
    key = save(as_owner, "tag=VIP&sort=points&nonsense=1&tier=" + "x" * 50)
    assert f'href="?view={key}&amp;tag=VIP&amp;sort=points"' in page(as_owner, LIST)


def test_a_changed_view_is_marked_and_can_be_kept(as_owner: Client) -> None:
    key = save(as_owner)
    assert "<small>changed</small>" not in page(as_owner, f"{LIST}?view={key}&tag=VIP")
    assert "<small>changed</small>" in page(as_owner, f"{LIST}?view={key}&tag=VIP&show=members")
    assert act(as_owner, key, "change", "tag=VIP&show=members") == 302
    assert "<small>changed</small>" not in page(as_owner, f"{LIST}?view={key}&tag=VIP&show=members")


def test_only_shared_views_are_seen_by_colleagues(as_owner: Client, as_colleague: Client) -> None:
    save(as_owner, name="meine")
    key = save(as_owner, name="unsere", shared="on")
    text = page(as_colleague, LIST)
    assert "unsere" in text
    assert "meine" not in text
    assert act(as_colleague, key, "delete") == 404
    assert act(as_owner, key, "unshare") == 302
    assert "unsere" not in page(as_colleague, LIST)


def test_the_list_opens_with_the_default_view(cafe: Merchant, as_owner: Client, owner: User) -> None:
    a_member(cafe, timezone.now())
    assert act(as_owner, "birthdays", "default") == 302
    assert as_owner.get(LIST)["Location"] == f"{LIST}?" + urlencode({"view": "birthdays", "birthday": "week"})
    assert "김민지" in page(as_owner, f"{LIST}?view=all")
    assert act(as_owner, "all", "default") == 302
    assert as_owner.get(LIST).status_code == 200


def test_a_default_that_was_removed_is_none(as_owner: Client, owner: User, cafe: Merchant) -> None:
    key = save(as_owner)
    act(as_owner, key, "default")
    assert act(as_owner, key, "delete") == 302
    assert as_owner.get(LIST).status_code == 200
    with tenant_context(cafe):
        assert User.objects.get(pk=owner.pk).views == []


def test_a_view_needs_a_name(as_owner: Client, owner: User, cafe: Merchant) -> None:
    as_owner.post(SAVE, {"name": " ", "query": "tag=VIP"})
    with tenant_context(cafe):
        assert User.objects.get(pk=owner.pk).views == []


@pytest.mark.parametrize(("key", "name"), [("nobodys", "default"), ("all", "delete"), ("all", "dance")])
def test_what_is_not_there_is_not_found(as_owner: Client, key: str, name: str) -> None:
    assert act(as_owner, key, name) == 404


def test_nobody_keeps_more_views_than_there_can_be(as_owner: Client, owner: User, cafe: Merchant) -> None:
    for n in range(31):
        as_owner.post(SAVE, {"name": f"v{n}", "query": ""})
    with tenant_context(cafe):
        assert len(User.objects.get(pk=owner.pk).views) == 30


# ── Columns ─────────────────────────────────────────────────────────────────────────────────────


def columns(text: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', text)


def test_a_person_chooses_the_columns_and_finds_them_again(
    cafe: Merchant, as_owner: Client, as_colleague: Client
) -> None:
    a_member(cafe, timezone.now())
    assert columns(page(as_owner, LIST)) == ["Customer", "Contact", "Last order", "Points"]
    answer = as_owner.post(
        "/backoffice/customers/columns/", {"column": ["spent", "orders", "x"], "query": "tag=&q=민지"}
    )
    assert answer["Location"] == f"{LIST}?" + urlencode({"q": "민지"})
    assert columns(page(as_owner, LIST)) == ["Customer", "Orders", "Spent"]
    assert columns(page(as_colleague, LIST)) == ["Customer", "Contact", "Last order", "Points"]


def test_the_column_of_the_order_is_always_there(cafe: Merchant, as_owner: Client) -> None:
    an_order(cafe, timezone.now(), total=50_000)
    text = page(as_owner, f"{LIST}?sort=spent")
    assert columns(text) == ["Customer", "Contact", "Last order", "Spent", "Points"]
    assert "₩50,000" in text
