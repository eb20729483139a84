"""What the editor says of collections and tags: how to write them, and which storefronts tell them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront import untold
from storefront.credentials import keep_credentials
from storefront.models import Store
from storefront.stores import create_store
from tenants.models import Merchant

pytestmark = pytest.mark.django_db
NEW_RULE = "/backoffice/programme/edit/rules/new/?kind=lines"
KEYS = {"consumer_key": "ck", "consumer_secret": "cs"}


def connect(merchant: Merchant, kind: str, name: str, *, key: bool = True) -> Store:
    with tenant_context(merchant):
        store, _ = create_store(kind=kind, name=name, actor=SYSTEM, at=timezone.now(), secret="hush" * 8)
        if key:
            keep_credentials(store, KEYS, actor=SYSTEM, at=timezone.now())
    return store


def editor(client: Client) -> str:
    client.cookies["language"] = "en"
    return client.get(NEW_RULE).content.decode()


def test_it_says_which_storefronts_tell_collections_and_tags(as_owner: Client, cafe: Merchant) -> None:
    connect(cafe, Store.Kind.WOOCOMMERCE, "Woo shop")
    connect(cafe, Store.Kind.SQUARE, "Counter")
    page = editor(as_owner)
    assert "Collections and tags are told by: Woo shop." in page
    assert "Not told by: Counter." in page


def test_a_storefront_without_a_key_does_not_tell(as_owner: Client, cafe: Merchant) -> None:
    connect(cafe, Store.Kind.WOOCOMMERCE, "Woo shop", key=False)
    assert "Not told by: Woo shop." in editor(as_owner)


def test_a_storefront_that_refuses_does_not_tell(as_owner: Client, cafe: Merchant) -> None:
    store = connect(cafe, Store.Kind.WOOCOMMERCE, "Woo shop")
    with tenant_context(cafe):
        untold.note(store, "missing_permission", "", at=timezone.now())
    assert "Not told by: Woo shop." in editor(as_owner)


def test_it_says_how_to_write_the_words(as_owner: Client) -> None:
    assert "The name of a collection or category, or its handle, as in your shop" in editor(as_owner)
