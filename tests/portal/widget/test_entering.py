"""Coming in by the frame: who a token signs in, once, for an hour, and what happens when it does not."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.identities import apply_customers, prove_email
from customers.models import Customer, Identity
from customers.snapshots import CustomerSnapshot
from portal.models import ShopperSession
from portal.tokens import digest
from staff.actors import SYSTEM
from storefront import refusals
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import code_for
from tests.portal.widget.conftest import StoreServer

pytestmark = pytest.mark.django_db
MINA = "mina@example.com"
STRANGER = re.compile(r"/w/st_\w+/en/-/")


def sessions(merchant: Merchant) -> list[ShopperSession]:
    with tenant_context(merchant):
        return list(ShopperSession.objects.select_related("customer"))


def reasons(server: StoreServer) -> list[str]:
    with tenant_context(server.merchant):
        return [
            refusal.code for refusal in refusals.lately(server.store.public_id, at=timezone.now(), door=refusals.WIDGET)
        ]


def test_a_token_signs_the_shopper_in_for_an_hour(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token())
    (session,) = sessions(cafe)
    assert session.expires_at - session.created_at == timedelta(hours=1)


def test_the_frame_then_shows_the_members_page(server: StoreServer, frame_client: Client) -> None:
    address = server.frame(server.token(name="김민지"))
    assert "김민지" in frame_client.get(address + "me/").content.decode()


def test_a_token_proves_the_account_at_its_store(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token(sub="c-7"))
    with tenant_context(cafe):
        identity = Identity.objects.get()
    assert (identity.kind, identity.source, identity.value) == ("store", server.store.public_id, "c-7")


def test_an_address_is_proven_only_where_the_store_says_so(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token(email="minji@example.com"))
    server.frame(server.token(sub="c-2", email="sora@example.com", email_verified=True))
    with tenant_context(cafe):
        assert list(Identity.objects.filter(kind="email").values_list("value", flat=True)) == ["sora@example.com"]


def test_a_verified_address_meets_the_customer_who_proved_it(server: StoreServer, cafe: Merchant) -> None:
    with tenant_context(cafe):
        known = prove_email("minji@example.com", at=timezone.now(), actor=SYSTEM)
    server.frame(server.token(email="Minji@example.com", email_verified=True))
    assert sessions(cafe)[0].customer == known


def test_an_unverified_address_that_another_has_proven_opens_nothing(server: StoreServer, cafe: Merchant) -> None:
    with tenant_context(cafe):
        prove_email("minji@example.com", at=timezone.now(), actor=SYSTEM)
    assert STRANGER.fullmatch(server.frame(server.token(email="minji@example.com")))
    assert reasons(server) == ["token_address_is_anothers"]


def test_an_address_alone_is_enough_when_it_is_verified(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token(sub=None, email="minji@example.com", email_verified=True))
    assert sessions(cafe)[0].customer.email == "minji@example.com"


def test_a_token_says_less_than_the_stores_own_documents(server: StoreServer, cafe: Merchant) -> None:
    at = timezone.now() - timedelta(days=30)
    with tenant_context(cafe):
        apply_customers([CustomerSnapshot(server.store.public_id, at, "c-1", "김민지")], at=at)
    server.frame(server.token(name="Somebody Else"))
    assert sessions(cafe)[0].customer.name == "김민지"


def test_a_later_document_of_the_store_still_counts(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token(name="Min"))
    earlier = timezone.now() - timedelta(days=1)
    with tenant_context(cafe):
        apply_customers([CustomerSnapshot(server.store.public_id, earlier, "c-1", "김민지")], at=timezone.now())
        assert Customer.objects.get().name == "김민지"


def test_a_token_is_good_once(server: StoreServer) -> None:
    token = server.token()
    server.frame(token)
    assert STRANGER.fullmatch(server.frame(token))
    assert reasons(server) == ["token_used"]


def test_a_token_is_good_once_though_the_cache_forgot(server: StoreServer, cafe: Merchant) -> None:
    from django.core.cache import cache

    token = server.token()
    server.frame(token)
    cache.clear()
    assert STRANGER.fullmatch(server.frame(token))
    assert len(sessions(cafe)) == 1


def test_a_wrong_token_leads_to_the_front_page_and_into_the_log(server: StoreServer) -> None:
    assert STRANGER.fullmatch(server.frame("dangol1.e30." + "0" * 64))
    assert reasons(server) == ["token_signature_wrong"]


def test_another_shops_token_is_refused(server: StoreServer, bikes: Merchant) -> None:
    other = StoreServer(bikes)
    assert STRANGER.fullmatch(server.frame(other.token()))


def test_without_a_token_one_comes_as_a_stranger(server: StoreServer, frame_client: Client) -> None:
    address = server.frame()
    assert STRANGER.fullmatch(address)
    assert "Send me a code" in frame_client.get(address).content.decode()


def test_only_our_own_page_may_enter(server: StoreServer) -> None:
    assert server.enter(server.token(), headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert server.enter(server.token(), headers={"origin": "https://evil.example"}).status_code == 403


def test_an_old_browser_that_only_names_the_origin_may_enter(server: StoreServer, cafe: Merchant) -> None:
    assert server.enter(server.token(), headers={"origin": f"http://{cafe.host}"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 9000])
def test_nonsense_is_not_found(server: StoreServer, cafe: Merchant, body: bytes) -> None:
    path = f"/widget/{server.store.public_id}/enter/"
    assert client_of(cafe).post(path, body, content_type="application/json").status_code == 404


def test_the_browser_keeps_the_session_apart_for_each_site(server: StoreServer) -> None:
    cookie = server.enter(server.token()).cookies["framed"]
    assert "Partitioned" in cookie.OutputString()
    assert "SameSite=None" in cookie.OutputString()
    assert "HttpOnly" in cookie.OutputString()


def test_the_next_page_of_the_same_shopper_finds_the_session_again(server: StoreServer, cafe: Merchant) -> None:
    client, token = client_of(cafe), server.token()
    address = server.frame(token, client=client)
    assert server.frame(token, client=client) == address


def test_who_left_the_store_is_not_found_again(server: StoreServer, cafe: Merchant) -> None:
    client = client_of(cafe)
    server.frame(server.token(), client=client)
    assert STRANGER.fullmatch(server.frame(client=client))


def test_another_shopper_of_the_same_browser_is_not_taken_for_the_first(server: StoreServer, cafe: Merchant) -> None:
    client, used = client_of(cafe), server.token(sub="c-2")
    server.frame(used)
    server.frame(server.token(sub="c-1"), client=client)
    assert STRANGER.fullmatch(server.frame(used, client=client))


def test_many_tokens_from_one_place_are_refused(server: StoreServer) -> None:
    for _ in range(60):
        server.enter("dangol1.e30." + "0" * 64)
    assert STRANGER.fullmatch(server.frame(server.token()))
    assert reasons(server)[0] == "token_too_many"


def test_a_session_of_the_frame_is_no_cookie_elsewhere(server: StoreServer, cafe: Merchant) -> None:
    secret = server.frame(server.token()).split("/")[4]
    with tenant_context(cafe):
        assert ShopperSession.objects.filter(token_hash=digest(secret)).exists()
    client = client_of(cafe)
    client.cookies["shopper"] = secret
    assert client.get("/me/").status_code == 302


def test_the_old_secret_works_for_a_day(server: StoreServer, cafe: Merchant) -> None:
    from storefront import widgets

    token = server.token()
    with tenant_context(cafe):
        store = server.fresh()
        widgets.new_secret(store, actor=SYSTEM, at=timezone.now())
        assert server.secret in widgets.valid_secrets(store, timezone.now())
        assert server.secret not in widgets.valid_secrets(store, timezone.now() + timedelta(days=2))
    assert not STRANGER.fullmatch(server.frame(token))


def test_an_account_opened_with_anothers_address_opens_nothing_once_that_is_proven(
    server: StoreServer, frame_client: Client, cafe: Merchant
) -> None:
    """A stranger opens an account at the store with Mina's address; then Mina proves it, and it is hers alone."""
    server.frame(server.token(email=MINA))
    with tenant_context(cafe):
        card = Customer.objects.get().card_code
    start = server.frame(client=client_of(cafe))
    at_code = frame_client.post(start + "sign-in/", {"email": MINA})["Location"]
    frame_client.post(at_code, {"code": code_for(cafe, MINA)})
    (hers,) = sessions(cafe)
    assert hers.began_with is None
    assert hers.customer.card_code != card
    assert STRANGER.fullmatch(server.frame(server.token(email=MINA), client=client_of(cafe)))
    assert reasons(server) == ["token_address_is_anothers"]


def test_it_opens_again_when_the_store_has_verified_the_address(server: StoreServer, cafe: Merchant) -> None:
    server.frame(server.token(email=MINA))
    with tenant_context(cafe):
        prove_email(MINA, at=timezone.now(), actor=SYSTEM)
    server.frame(server.token(email=MINA, email_verified=True))
    assert {session.customer.email for session in sessions(cafe)} == {MINA}
    assert len(sessions(cafe)) == 2
