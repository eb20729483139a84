"""Every page of one's own account opens, in the shop and on the installation's own host."""

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from staff import addresses
from staff.models import User
from tenants.models import Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db

SIGNED_OUT = [
    "/account/login/",
    "/account/signup/",
    "/account/inactive/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/done/",
    "/account/password/reset/key/1-wrong/",
    "/account/confirm-email/",
    "/account/confirm-email/wrong/",
]
SIGNED_IN = [
    "/account/me/",
    "/account/email/",
    "/account/password/change/",
    "/account/sessions/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/account/2fa/",
    "/account/2fa/webauthn/",
]


@pytest.mark.parametrize("path", SIGNED_OUT)
def test_a_page_for_people_signed_out_opens(as_nobody: Client, path: str) -> None:
    assert as_nobody.get(path).status_code == 200


@pytest.mark.parametrize("path", SIGNED_OUT)
def test_a_page_for_people_signed_out_opens_for_operators(db: None, path: str) -> None:
    assert Client(headers={"host": "localhost"}).get(path).status_code == 200


@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_the_account_opens(cafe: Merchant, owner: User, path: str) -> None:
    assert sign_in(cafe, owner).get(path).status_code == 200


@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_the_account_sends_others_to_sign_in(as_nobody: Client, path: str) -> None:
    response = as_nobody.get(path)
    assert response.status_code == 302
    assert "/account/login/" in response["Location"] or path == "/account/logout/"


def test_an_operator_has_an_account_page_too(db: None) -> None:
    User.objects.create_superuser("operator@example.com", "correct horse battery")
    client = Client(headers={"host": "localhost"})
    response = client.post("/account/login/", {"login": "operator@example.com", "password": "correct horse battery"})
    assert response["Location"] == "/operator/"
    assert client.get("/account/me/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(cafe: Merchant, owner: User) -> None:
    answers = []
    for address in (owner.email, "nobody@example.com"):
        response = client_of(cafe).post("/account/login/", {"login": address, "password": "wrong"})
        answers.append((response.status_code, dict(response.context["form"].errors)))
    assert answers[0] == answers[1]


def test_sign_in_leads_to_the_backoffice(cafe: Merchant, owner: User) -> None:
    response = client_of(cafe).post(
        "/account/login/", {"login": owner.email.upper(), "password": "correct horse battery"}
    )
    assert response["Location"] == "/backoffice/"


def test_the_sixth_wrong_password_for_one_address_is_refused_unread(cafe: Merchant, owner: User) -> None:
    client = client_of(cafe)
    for _try in range(5):
        client.post("/account/login/", {"login": owner.email, "password": "wrong"})
    response = client.post("/account/login/", {"login": owner.email, "password": "correct horse battery"})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_another_shops_wrong_passwords_do_not_count_here(cafe: Merchant, bikes: Merchant, owner: User) -> None:
    for _try in range(6):
        client_of(bikes).post("/account/login/", {"login": owner.email, "password": "wrong"})
    client = client_of(cafe)
    client.post("/account/login/", {"login": owner.email, "password": "correct horse battery"})
    assert client.session["_auth_user_id"] == str(owner.pk)


def test_signing_out_needs_a_post(as_owner: Client) -> None:
    as_owner.get("/account/logout/")
    assert "_auth_user_id" in as_owner.session
    as_owner.post("/account/logout/")
    assert "_auth_user_id" not in as_owner.session


def test_the_account_page_saves_name_and_language(cafe: Merchant, owner: User) -> None:
    client = sign_in(cafe, owner)
    response = client.post("/account/me/", {"name": " Kim\nMinji ", "language": "en"})
    assert response.cookies["language"].value == "en"
    with tenant_context(cafe):
        owner.refresh_from_db()
    assert (owner.name, owner.language) == ("Kim Minji", "en")


def test_a_language_that_is_not_offered_is_refused(cafe: Merchant, owner: User) -> None:
    assert sign_in(cafe, owner).post("/account/me/", {"name": "Kim", "language": "xx"}).status_code == 422


def sign_in(merchant: Merchant, user: User) -> Client:
    """By the form, so that the session is one that allauth knows; the address is confirmed."""
    with tenant_context(merchant):
        addresses.register(user, verified=True)
    client = client_of(merchant)
    client.post("/account/login/", {"login": user.email, "password": "correct horse battery"})
    return client
