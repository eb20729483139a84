"""The portal in a frame: whose pages may hold it, the secret in its addresses, and nothing of it by cookie."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from portal.models import ShopperSession
from staff.actors import SYSTEM
from storefront.stores import disconnect
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import code_for
from tests.portal.widget.conftest import OTHER_SITE, SITE, StoreServer

pytestmark = pytest.mark.django_db
MINA = "mina@example.com"


@pytest.fixture
def address(server: StoreServer) -> str:
    """A frame of somebody whom the store signed in."""
    return server.frame(server.token())


def test_only_the_listed_sites_may_hold_it(address: str, frame_client: Client) -> None:
    response = frame_client.get(address)
    assert f"frame-ancestors {SITE} {OTHER_SITE}" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response


def test_so_it_is_for_the_first_page(server: StoreServer, frame_client: Client) -> None:
    response = frame_client.get(f"/widget/{server.store.public_id}/")
    assert f"frame-ancestors {SITE} {OTHER_SITE}" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response


def test_no_other_page_may_be_held(cafe: Merchant, as_owner: Client) -> None:
    for path in ("/", "/sign-in/", "/backoffice/"):
        response = as_owner.get(path)
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "DENY"


def test_every_link_stays_in_the_frame(address: str, frame_client: Client) -> None:
    text = frame_client.get(address).content.decode()
    links = re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"]*)"', text)
    assert links
    outside = [link for link in links if not link.startswith((address, "/static/", "/brand-"))]
    assert not outside


def test_no_cookie_is_set_on_the_way(address: str, frame_client: Client) -> None:
    for path in ("", "me/", "card/", "history/"):
        assert not frame_client.get(address + path).cookies


def test_a_form_of_the_frame_needs_no_cookie(address: str, frame_client: Client, cafe: Merchant) -> None:
    response = frame_client.post(address + "me/save/", {"name": "민지", "language": "ko"})
    assert response.status_code == 302
    with tenant_context(cafe):
        assert Customer.objects.get().name == "민지"


def test_a_chosen_language_goes_into_the_address(address: str, frame_client: Client) -> None:
    response = frame_client.post(address + "me/save/", {"name": "민지", "language": "ko"})
    assert response["Location"] == address.replace("/en/", "/ko/") + "me/?done=profile"


def test_another_site_cannot_send_a_form(address: str, frame_client: Client) -> None:
    data = {"name": "Mallory", "language": "en"}
    assert frame_client.post(address + "me/save/", data, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_opened_as_a_page_of_its_own_it_is_the_plain_portal(address: str, cafe: Merchant) -> None:
    client = client_of(cafe)
    assert client.get(address + "me/", headers={"sec-fetch-dest": "document"})["Location"] == "/me/"


def test_it_leads_to_no_other_host(server: StoreServer, cafe: Merchant) -> None:
    path = f"/w/{server.store.public_id}/en/-//evil.example/"
    assert client_of(cafe).get(path, headers={"sec-fetch-dest": "document"})["Location"] == "/evil.example/"


def test_the_backoffice_cannot_be_framed(server: StoreServer, as_owner: Client) -> None:
    assert as_owner.get(f"/w/{server.store.public_id}/en/-/backoffice/").status_code == 404


def test_signing_out_leaves_a_stranger(address: str, frame_client: Client, cafe: Merchant) -> None:
    response = frame_client.post(address + "sign-out/")
    assert re.fullmatch(r"/w/st_\w+/en/-/", response["Location"])
    assert response.cookies["framed"].value == ""
    with tenant_context(cafe):
        assert not ShopperSession.objects.exists()


def test_a_revoked_session_opens_nothing(address: str, frame_client: Client, cafe: Merchant) -> None:
    with tenant_context(cafe):
        ShopperSession.objects.all().delete()
    assert "/sign-in/" in frame_client.get(address + "me/")["Location"]


def test_a_stranger_signs_in_by_code_within_the_frame(
    server: StoreServer, frame_client: Client, cafe: Merchant
) -> None:
    start = server.frame()
    asked = frame_client.post(start + "sign-in/", {"email": MINA, "next": start + "history/"})
    at_code = asked["Location"]
    assert frame_client.get(at_code).status_code == 200
    entered = frame_client.post(at_code, {"code": code_for(cafe, MINA)})
    assert entered["Location"].endswith("/history/")
    assert frame_client.get(entered["Location"]).status_code == 200
    assert entered.cookies["framed"].value == entered["Location"].split("/")[4]


def test_a_session_by_code_comes_back_on_the_next_page(
    server: StoreServer, frame_client: Client, cafe: Merchant
) -> None:
    start = server.frame()
    at_code = frame_client.post(start + "sign-in/", {"email": MINA})["Location"]
    entered = frame_client.post(at_code, {"code": code_for(cafe, MINA)})
    client = client_of(cafe)
    client.cookies["framed"] = entered.cookies["framed"].value
    assert server.frame(client=client) == entered["Location"]


def test_an_ordinary_session_opens_no_frame(server: StoreServer, frame_client: Client, cafe: Merchant) -> None:
    from customers.identities import prove_email
    from portal import sessions

    with tenant_context(cafe):
        customer = prove_email(MINA, at=timezone.now(), actor=SYSTEM)
        _session, secret = sessions.begin(customer, user_agent="", at=timezone.now())
    path = f"/w/{server.store.public_id}/en/{secret}/me/"
    assert frame_client.get(path).status_code == 302


def test_a_disconnected_store_has_no_frame(server: StoreServer, frame_client: Client, cafe: Merchant) -> None:
    with tenant_context(cafe):
        disconnect(server.store, actor=SYSTEM, at=timezone.now())
    assert frame_client.get(f"/widget/{server.store.public_id}/").status_code == 404
    assert frame_client.get(f"/w/{server.store.public_id}/en/-/").status_code == 404


def test_another_shops_store_has_no_frame_here(server: StoreServer, bikes: Merchant) -> None:
    assert client_of(bikes).get(f"/w/{server.store.public_id}/en/-/").status_code == 404
    assert client_of(bikes).get(f"/widget/{server.store.public_id}/").status_code == 404


def test_a_secret_of_another_shop_opens_nothing_here(server: StoreServer, bikes: Merchant) -> None:
    secret = server.frame(server.token()).split("/")[4]
    theirs = StoreServer(bikes)
    client = client_of(bikes)
    assert client.get(f"/w/{theirs.store.public_id}/en/{secret}/me/").status_code == 302


def test_without_sites_there_is_no_frame(server: StoreServer, frame_client: Client, cafe: Merchant) -> None:
    from storefront import widgets

    with tenant_context(cafe):
        widgets.place(server.fresh(), sites=[], side="left", actor=SYSTEM, at=timezone.now())
    assert frame_client.get(f"/widget/{server.store.public_id}/").status_code == 404
