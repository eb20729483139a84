"""Connecting step by step: the chooser, the guide of each kind, what may be pasted, and the waiting."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice.guides import GUIDES
from storefront import refusals
from storefront.connectors import CONNECTORS
from storefront.credentials import credentials_of
from storefront.models import Delivery, Store
from storefront.stores import valid_secrets
from tenants.models import Merchant
from tests.backoffice.scenes import a_delivery, a_store
from tests.conftest import client_of

pytestmark = pytest.mark.django_db
NEW = "/backoffice/storefronts/new/"
WHERE = {"shopify": {"shop_domain": "my-shop.myshopify.com"}, "woocommerce": {"site_url": "https://shop.example.com"},
         "cafe24": {"mall_id": "mymall"}}  # fmt: skip


def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def begin(client: Client, kind: str) -> str:
    """Name a storefront of this kind; the address of its steps."""
    return str(client.post(f"{NEW}{kind}/", {"name": "Web shop", **WHERE.get(kind, {})})["Location"])


def base(address: str) -> str:
    return address.removesuffix("connect/")


def store_of(merchant: Merchant) -> Store:
    with tenant_context(merchant):
        return Store.objects.get()


def look(client: Client, store: Store, asked: int = 0) -> str:
    """What the page asks for while it waits."""
    path = f"/backoffice/storefronts/{store.public_id}/arrivals/?asked={asked}"
    return english(client).get(path, headers={"HX-Request": "true"}).content.decode()


def test_there_is_a_guide_for_every_connector() -> None:
    assert set(GUIDES) == set(CONNECTORS)


def test_the_chooser_offers_every_kind(as_owner: Client) -> None:
    text = english(as_owner).get(NEW).content.decode()
    assert all(f'href="{NEW}{kind}/"' in text for kind in GUIDES)


@pytest.mark.parametrize("kind", list(GUIDES))
def test_every_kind_is_connected_by_its_steps(cafe: Merchant, as_owner: Client, kind: str) -> None:
    text = english(as_owner).get(begin(as_owner, kind)).content.decode()
    assert cafe.url(f"/hooks/{store_of(cafe).public_id}/") in text
    assert text.count('class="card task"') == len(GUIDES[kind].tasks)
    assert "Waiting for the first delivery…" in text


@pytest.mark.parametrize("kind", ["generic", "woocommerce"])
def test_a_secret_made_here_is_shown_once(cafe: Merchant, as_owner: Client, kind: str) -> None:
    address = begin(as_owner, kind)
    with tenant_context(cafe):
        (secret,) = valid_secrets(store_of(cafe), timezone.now())
    assert f'value="{secret}"' in as_owner.get(address).content.decode()
    assert secret not in as_owner.get(address).content.decode()


@pytest.mark.parametrize(
    ("kind", "pasted"),
    [
        ("shopify", "shpat_0123456789abcdef"),
        ("shopify", "https://my-shop.myshopify.com"),
        ("shopify", "short"),
        ("stripe", "sk_live_0123456789"),
        ("square", "EAAAl0123456789"),
        ("cafe24", "two words of it"),
        ("cafe24", ""),
    ],
)
def test_what_is_plainly_no_secret_is_refused_in_words(as_owner: Client, kind: str, pasted: str) -> None:
    response = english(as_owner).post(f"{base(begin(as_owner, kind))}secret/", {"secret": pasted})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


def test_a_refused_secret_is_not_shown_in_the_clear_by_accident(cafe: Merchant, as_owner: Client) -> None:
    address = base(begin(as_owner, "stripe"))
    as_owner.post(f"{address}secret/", {"secret": "whsec_0123456789"})
    assert "whsec_0123456789" not in as_owner.get(f"{address}connect/").content.decode()
    with tenant_context(cafe):
        assert valid_secrets(store_of(cafe), timezone.now()) == ["whsec_0123456789"]


def test_keys_of_the_wrong_shape_are_refused(as_owner: Client) -> None:
    address = base(begin(as_owner, "woocommerce"))
    swapped = {"api-consumer_key": "cs_0123", "api-consumer_secret": "ck_0123"}
    assert english(as_owner).post(f"{address}keys/", swapped).content.decode().count("Did you copy the other one?") >= 2


def test_shopify_wants_a_pair_or_a_token(as_owner: Client) -> None:
    address = base(begin(as_owner, "shopify"))
    assert as_owner.post(f"{address}keys/", {"api-client_id": "abc"}).status_code == 422


def test_keys_are_kept_and_never_shown(cafe: Merchant, as_owner: Client) -> None:
    address = base(begin(as_owner, "woocommerce"))
    keys = {"api-consumer_key": "ck_0123", "api-consumer_secret": "cs_0123"}
    response = as_owner.post(f"{address}keys/", keys, follow=True)  # the shop cannot be reached from here
    assert "ck_0123" not in response.content.decode()
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    with tenant_context(cafe):
        assert credentials_of(store_of(cafe)) == {"consumer_key": "ck_0123", "consumer_secret": "cs_0123"}


def test_a_kind_without_an_api_takes_no_keys(as_owner: Client) -> None:
    address = base(begin(as_owner, "generic"))
    assert as_owner.post(f"{address}keys/", {}).status_code == 404


def test_registering_without_a_key_says_what_is_missing(as_owner: Client) -> None:
    address = base(begin(as_owner, "shopify"))
    text = english(as_owner).post(f"{address}register/", follow=True).content.decode()
    assert "No key for the shop" in text


def test_the_page_asks_ever_more_slowly_and_stops(cafe: Merchant, as_owner: Client) -> None:
    store = a_store(cafe, timezone.now())
    pauses = [re.search(r"delay:(\d+)s", look(as_owner, store, asked)) for asked in (0, 20, 40, 60)]
    assert [match[1] for match in pauses if match] == ["2", "5", "15", "30"]
    assert "hx-trigger" not in look(as_owner, store, 63)
    assert "Look again" in look(as_owner, store, 63)


@pytest.mark.parametrize("asked", ["-1", "x", "9" * 5000, "²"])
def test_a_strange_count_is_a_beginning(cafe: Merchant, as_owner: Client, asked: str) -> None:
    store = a_store(cafe, timezone.now())
    path = f"/backoffice/storefronts/{store.public_id}/arrivals/"
    assert as_owner.get(path, {"asked": asked}, headers={"HX-Request": "true"}).status_code == 200


def test_without_scripts_the_fragments_address_leads_to_the_page(cafe: Merchant, as_owner: Client) -> None:
    store = a_store(cafe, timezone.now())
    assert as_owner.get(f"/backoffice/storefronts/{store.public_id}/arrivals/").status_code == 302


def test_a_wrong_signature_shows_while_one_waits(cafe: Merchant, as_owner: Client) -> None:
    begin(as_owner, "generic")
    store = store_of(cafe)
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(timezone.now().timestamp()))}
    headers["webhook-signature"] = "v1," + "A" * 43 + "="
    client_of(cafe).post(f"/hooks/{store.public_id}/", b"{}", content_type="application/json", headers=headers)
    assert "The secret is not the right one." in look(as_owner, store)


def test_an_unsigned_delivery_shows_while_one_waits(cafe: Merchant, as_owner: Client) -> None:
    begin(as_owner, "generic")
    store = store_of(cafe)
    client_of(cafe).post(f"/hooks/{store.public_id}/", b"{}", content_type="application/json")
    assert "The delivery was not signed." in look(as_owner, store)


def test_a_mistyped_address_shows_while_one_waits(cafe: Merchant, as_owner: Client) -> None:
    begin(as_owner, "generic")
    client_of(cafe).post("/hooks/st_mistyped/", b"{}", content_type="application/json")
    assert "Something arrives at another address." in look(as_owner, store_of(cafe))


def test_a_refusal_keeps_nothing_of_what_was_sent(cafe: Merchant, as_owner: Client) -> None:
    begin(as_owner, "generic")
    store = store_of(cafe)
    client_of(cafe).post(f"/hooks/{store.public_id}/", b"{}", content_type="application/json")
    with tenant_context(cafe):
        (refusal,) = refusals.lately(store.public_id, at=timezone.now())
    assert (refusal.code, refusal.count) == ("signature_missing", 1)


def test_a_refusal_of_one_shop_is_not_anothers(cafe: Merchant, bikes: Merchant, as_owner: Client) -> None:
    begin(as_owner, "generic")
    client_of(bikes).post("/hooks/st_mistyped/", b"{}", content_type="application/json")
    assert "Something arrives at another address." not in look(as_owner, store_of(cafe))


def test_a_good_delivery_ends_the_waiting(cafe: Merchant, as_owner: Client) -> None:
    store = a_store(cafe, timezone.now())
    a_delivery(cafe, store, timezone.now() - timedelta(seconds=1), state=Delivery.State.DONE)
    text = look(as_owner, store)
    assert "It works." in text
    assert "hx-trigger" not in text


def test_only_the_owner_connects(as_manager: Client, as_analyst: Client, cafe: Merchant) -> None:
    store = a_store(cafe, timezone.now())
    for path in (NEW, f"{NEW}generic/", f"/backoffice/storefronts/{store.public_id}/connect/"):
        assert as_manager.get(path).status_code == 403
        assert as_analyst.get(path).status_code == 403


def test_a_disconnected_store_has_no_steps(as_owner: Client, cafe: Merchant) -> None:
    store = a_store(cafe, timezone.now(), disconnected_at=timezone.now())
    assert as_owner.get(f"/backoffice/storefronts/{store.public_id}/connect/").status_code == 404


def test_a_name_is_suggested(as_owner: Client) -> None:
    assert 'value="WooCommerce"' in english(as_owner).get("/backoffice/storefronts/new/woocommerce/").content.decode()


def test_a_kind_without_an_api_offers_no_comparison(as_owner: Client, cafe: Merchant) -> None:
    compare = "Compare orders"
    pages = {
        kind: english(as_owner).get(base(begin(as_owner, kind))).content.decode() for kind in ("generic", "shopify")
    }
    assert compare in pages["shopify"]
    assert compare not in pages["generic"]


def test_it_is_renamed(as_owner: Client, cafe: Merchant) -> None:
    store = a_store(cafe, timezone.now())
    as_owner.post(f"/backoffice/storefronts/{store.public_id}/rename/", {"name": "새 이름"})
    assert store_of(cafe).name == "새 이름"


def test_an_empty_name_is_refused_in_words(as_owner: Client, cafe: Merchant) -> None:
    store = a_store(cafe, timezone.now())
    answer = as_owner.post(f"/backoffice/storefronts/{store.public_id}/rename/", {"name": ""}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_the_stores_page_says_what_is_still_to_do(as_owner: Client, cafe: Merchant) -> None:
    store = a_store(cafe, timezone.now(), kind="shopify")
    text = english(as_owner).get(f"/backoffice/storefronts/{store.public_id}/").content.decode()
    assert "Still to do" in text
    assert "Enter the signing secret" in text
