"""Proving who one is: confirmed addresses, resets, second steps, devices."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client
from django_tenants.utils import tenant_context

from staff import addresses
from staff.models import AuditEntry, User
from staff.sessions import device
from tenants.models import Merchant
from tests.conftest import client_of, staff_of
from tests.staff.test_account_pages import sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
GALAXY = "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36"


def path_in_mail(index: int = -1) -> str:
    found = re.search(r"http://[^/]+(/\S+)", str(mail.outbox[index].body))
    assert found
    return found[1]


def trail(merchant: Merchant) -> list[str]:
    with tenant_context(merchant):
        return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


class TestAddress:
    """Confirming one's address."""

    def test_the_mailed_link_confirms_it_on_a_post(self, cafe: Merchant, owner: User, as_owner: Client) -> None:
        as_owner.post("/account/verify/")
        link = path_in_mail()
        as_owner.get(link)
        with tenant_context(cafe):
            assert not addresses.is_verified(owner)
        as_owner.post(link)
        with tenant_context(cafe):
            assert addresses.is_verified(owner)

    def test_a_link_of_another_shop_confirms_nothing(
        self, cafe: Merchant, bikes: Merchant, owner: User, outsider: User, as_owner: Client
    ) -> None:
        client_of(bikes, outsider).post("/account/verify/")
        as_owner.post(path_in_mail())
        with tenant_context(cafe):
            assert not addresses.is_verified(owner)

    def test_pages_ask_for_it_until_it_is_confirmed(self, cafe: Merchant, owner: User, as_owner: Client) -> None:
        asking = 'action="/account/verify/"'
        assert asking in as_owner.get("/backoffice/staff/").content.decode()
        with tenant_context(cafe):
            addresses.register(owner, verified=True)
        assert asking not in as_owner.get("/backoffice/staff/").content.decode()

    def test_the_mail_speaks_for_the_shop(self, as_owner: Client) -> None:
        as_owner.post("/account/verify/")
        assert mail.outbox[0].subject.startswith("[소담커피] ")
        assert "http://cafe.localhost/account/confirm-email/" in mail.outbox[0].body

    def test_a_second_mail_within_minutes_is_not_sent(self, as_owner: Client) -> None:
        for _twice in range(2):
            as_owner.post("/account/verify/")
        assert len(mail.outbox) == 1

    def test_a_new_address_counts_once_it_is_confirmed(self, cafe: Merchant, owner: User) -> None:
        client = sign_in(cafe, owner)
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        client.post("/account/email/", {"action_add": "", "email": "new@example.com"})
        with tenant_context(cafe):
            assert User.objects.get(pk=owner.pk).email == owner.email
        client.post(path_in_mail())
        with tenant_context(cafe):
            assert User.objects.get(pk=owner.pk).email == "new@example.com"
            entry = AuditEntry.objects.get(action="account.email_changed")
        assert entry.changes == {"email": [owner.email, "new@example.com"]}


class TestReset:
    """A password that was forgotten."""

    def test_the_mailed_link_sets_a_new_one(self, cafe: Merchant, owner: User) -> None:
        client = client_of(cafe)
        client.post("/account/password/reset/", {"email": owner.email})
        form = client.get(path_in_mail(), follow=True)
        new = "orange kettle on a hill"
        client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
        response = client_of(cafe).post("/account/login/", {"login": owner.email, "password": new})
        assert response["Location"] == "/backoffice/"
        assert trail(cafe) == ["account.password_reset"]

    def test_known_and_unknown_addresses_get_the_same_page(self, cafe: Merchant, owner: User) -> None:
        answers = []
        for address in (owner.email, "nobody@example.com"):
            response = client_of(cafe).post("/account/password/reset/", {"email": address})
            answers.append((response.status_code, response["Location"]))
        assert answers[0] == answers[1]
        assert len(mail.outbox) == 2

    def test_a_mail_server_that_is_down_is_no_error(self, cafe: Merchant, owner: User, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        response = client_of(cafe).post("/account/password/reset/", {"email": owner.email}, follow=True)
        assert response.status_code == 200
        assert [message.level_tag for message in response.context["messages"]] == ["error"]


class TestSecondStep:
    """Codes from an app, and recovery codes."""

    def test_it_asks_for_a_confirmed_address_first(self, as_owner: Client) -> None:
        as_owner.post("/account/reauthenticate/", {"password": PASSWORD})
        response = as_owner.get("/account/2fa/totp/activate/")
        assert response.status_code == 200
        response = as_owner.post("/account/2fa/totp/activate/", {"code": "123456"})
        assert response.context["form"].errors

    def test_it_is_asked_for_at_the_next_sign_in(self, cafe: Merchant, owner: User) -> None:
        activate(cafe, owner)
        client = client_of(cafe)
        response = client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
        assert response["Location"].startswith("/account/2fa/authenticate/")
        assert client.get("/account/2fa/authenticate/").status_code == 200
        assert "_auth_user_id" not in client.session

    def test_a_recovery_code_lets_in_once(self, cafe: Merchant, owner: User) -> None:
        code = activate(cafe, owner)
        outcomes = []
        for _twice in range(2):
            client = client_of(cafe)
            client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
            client.post("/account/2fa/authenticate/", {"code": code})
            outcomes.append("_auth_user_id" in client.session)
        assert outcomes == [True, False]

    def test_its_secret_is_encrypted_at_rest(self, cafe: Merchant, owner: User) -> None:
        activate(cafe, owner)
        with tenant_context(cafe):
            stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
        assert stored.startswith("gAAAA")

    @pytest.mark.django_db(transaction=True)
    def test_turning_it_on_and_off_stands_in_the_trail(self, cafe: Merchant, owner: User) -> None:
        client = sign_in(cafe, owner)
        turn_on(client)
        client.post("/account/2fa/totp/deactivate/")
        assert trail(cafe) == ["account.totp_activated", "account.totp_deactivated"]

    @pytest.mark.parametrize(
        "path",
        [
            "/account/2fa/totp/deactivate/",
            "/account/2fa/recovery-codes/",
            "/account/2fa/recovery-codes/generate/",
            "/account/2fa/webauthn/add/",
            "/account/2fa/",
            "/account/2fa/reauthenticate/",
        ],
    )
    def test_its_pages_open(self, cafe: Merchant, owner: User, path: str) -> None:
        client = sign_in(cafe, owner)
        turn_on(client)
        assert client.get(path).status_code == 200

    def test_the_staff_page_shows_who_has_one(self, cafe: Merchant, owner: User, colleague: User) -> None:
        activate(cafe, owner)
        page = client_of(cafe, owner).get("/backoffice/staff/")
        assert {str(member.user): member.two_step for member in page.context["members"]} == {
            str(owner): True,
            str(colleague): False,
        }


class TestPasskey:
    """The parts of it that need no browser; tests/browser does the rest."""

    def test_a_passkey_belongs_to_the_shops_host(self, cafe: Merchant, bikes: Merchant) -> None:
        hosts = [
            client_of(shop).get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
            for shop in (cafe, bikes)
        ]
        assert [answer["request_options"]["publicKey"]["rpId"] for answer in hosts] == [
            "cafe.localhost",
            "bikes.localhost",
        ]

    @pytest.mark.parametrize("credential", ["", "{}", "[]", "nonsense", '{"response": {"userHandle": "MQ"}}'])
    def test_a_made_up_credential_is_refused(self, cafe: Merchant, credential: str) -> None:
        client = client_of(cafe)
        client.get("/account/2fa/webauthn/login/")
        response = client.post("/account/2fa/webauthn/login/", {"credential": credential})
        assert response.status_code in {200, 302, 400}
        assert "_auth_user_id" not in client.session


class TestDevices:
    """Where one is signed in."""

    def test_they_are_listed_by_name(self, cafe: Merchant, owner: User) -> None:
        client = client_of(cafe)
        client.post("/account/login/", {"login": owner.email, "password": PASSWORD}, headers={"user-agent": CHROME})
        (listed,) = client.get("/account/sessions/").context["devices"]
        assert (listed.device, listed.current) == ("Chrome · Windows", True)

    def test_one_of_them_is_signed_out(self, cafe: Merchant, owner: User) -> None:
        here, there = sign_in(cafe, owner), client_of(cafe)
        there.post("/account/login/", {"login": owner.email, "password": PASSWORD})
        other = next(found for found in here.get("/account/sessions/").context["devices"] if not found.current)
        here.post(f"/account/sessions/{other.id}/end/")
        assert there.get("/account/me/").status_code == 302
        assert here.get("/account/me/").status_code == 200

    def test_the_asking_one_is_not_ended_under_its_own_request(self, cafe: Merchant, owner: User) -> None:
        here = sign_in(cafe, owner)
        number = here.get("/account/sessions/").context["devices"][0].id
        assert here.post(f"/account/sessions/{number}/end/").status_code == 302
        assert here.get("/account/me/").status_code == 200

    def test_all_others_are_signed_out(self, cafe: Merchant, owner: User) -> None:
        here, there = sign_in(cafe, owner), client_of(cafe)
        there.post("/account/login/", {"login": owner.email, "password": PASSWORD})
        here.post("/account/sessions/")
        assert there.get("/account/me/").status_code == 302
        assert here.get("/account/me/").status_code == 200
        assert trail(cafe) == ["account.sessions_ended"]

    def test_somebody_elses_is_left_alone(self, cafe: Merchant, owner: User, colleague: User) -> None:
        theirs = sign_in(cafe, colleague)
        number = theirs.get("/account/sessions/").context["devices"][0].id
        sign_in(cafe, owner).post(f"/account/sessions/{number}/end/")
        assert theirs.get("/account/me/").status_code == 200

    def test_a_new_password_signs_the_others_out(self, cafe: Merchant, owner: User) -> None:
        here, there = sign_in(cafe, owner), client_of(cafe)
        there.post("/account/login/", {"login": owner.email, "password": PASSWORD})
        new = "orange kettle on a hill"
        here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert there.get("/account/me/").status_code == 302
        assert here.get("/account/me/").status_code == 200

    @pytest.mark.parametrize(
        ("user_agent", "name"),
        [
            (CHROME, "Chrome · Windows"),
            (IPHONE, "Safari · iPhone"),
            (GALAXY, "Samsung Internet · Android"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ],
    )
    def test_a_browser_is_named_in_words(self, user_agent: str, name: str) -> None:
        assert device(user_agent) == name


def turn_on(client: Client) -> None:
    """Turn codes from an app on, with a right code."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    counter = next(iter(yield_hotp_counters_from_time()))
    response = client.post("/account/2fa/totp/activate/", {"code": format_hotp_value(hotp_value(secret, counter))})
    assert response.status_code == 302, response.context["form"].errors


def activate(merchant: Merchant, user: User) -> str:
    """Turn codes from an app on; one of the recovery codes that come with them."""
    client = sign_in(merchant, user)
    turn_on(client)
    return str(client.get("/account/2fa/recovery-codes/").context["unused_codes"][0])


def test_an_address_that_a_new_colleague_has_taken_cannot_be_confirmed(cafe: Merchant, owner: User) -> None:
    client = sign_in(cafe, owner)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"email": "new@cafe.example", "action_add": ""})
    staff_of(cafe, email="new@cafe.example")
    assert client.post(path_in_mail()).status_code < 400
    with tenant_context(cafe):
        assert User.objects.get(pk=owner.pk).email == owner.email


def test_a_reset_for_an_address_that_fits_no_mail_says_so(cafe: Merchant) -> None:
    answer = client_of(cafe).post("/account/password/reset/", {"email": f"a@{'ü' * 59}.com"})
    assert "email" in answer.context["form"].errors
