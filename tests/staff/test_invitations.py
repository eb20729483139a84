"""Invitations by link: one use, seven days, one answer for every link that does not work."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice.pages import staff as staff_page
from staff import addresses, invitations
from staff.actors import SYSTEM, Actor
from staff.invitations import CannotInvite, NotAnInvitation
from staff.models import AuditEntry, Invitation, Role, User
from tenants.models import Merchant
from tests.conftest import client_of
from tests.shops import NOW

pytestmark = pytest.mark.django_db

GOOD = {"name": "박서준", "password": "orange kettle on a hill"}


def invite(role: Role = Role.CASHIER, email: str = "new@example.com") -> str:
    """A token, made now in the schema that is active."""
    return invitations.invite(email, role, actor=SYSTEM, at=timezone.now())[1]


def link_in(message: Any) -> str:
    return next(line for line in message.body.splitlines() if line.startswith("http"))


def test_an_owner_invites_and_a_mail_goes_out(as_owner: Client, cafe: Merchant) -> None:
    response = as_owner.post("/backoffice/staff/invite/", {"email": "New@Example.com", "role": "manager"})
    assert response.status_code == 302
    assert [message.to for message in mail.outbox] == [["new@example.com"]]
    assert "http://cafe.localhost/account/join/" in mail.outbox[0].body


def test_the_link_is_shown_once(as_owner: Client) -> None:
    as_owner.post("/backoffice/staff/invite/", {"email": "new@example.com", "role": "manager"})
    first, second = as_owner.get("/backoffice/staff/"), as_owner.get("/backoffice/staff/")
    assert "/account/join/" in first.content.decode()
    assert "/account/join/" not in second.content.decode()


def test_whoever_opens_the_mailed_link_joins_with_a_confirmed_address(as_owner: Client, cafe: Merchant) -> None:
    as_owner.post("/backoffice/staff/invite/", {"email": "new@example.com", "role": "manager"})
    link = link_in(mail.outbox[0])
    stranger = client_of(cafe)
    proof = stranger.get(link).context["proof"]
    response = stranger.post(link, {**GOOD, "proof": proof})
    assert response["Location"] == "/backoffice/"
    with tenant_context(cafe):
        user = User.objects.get(email="new@example.com")
        assert (user.name, user.role, addresses.is_verified(user)) == ("박서준", "manager", True)
    assert stranger.get("/backoffice/customers/").status_code == 200


def test_a_link_passed_on_by_hand_does_not_confirm_the_address(in_cafe: Merchant) -> None:
    token = invite()
    client_of(in_cafe).post(f"/account/join/{token}/", GOOD)
    assert not addresses.is_verified(User.objects.get(email="new@example.com"))


def test_a_made_up_proof_does_not_confirm_the_address(in_cafe: Merchant) -> None:
    token = invite()
    client_of(in_cafe).post(f"/account/join/{token}/", {**GOOD, "proof": invitations.proof_of_mail("other")})
    assert not addresses.is_verified(User.objects.get(email="new@example.com"))


def test_a_link_works_once(in_cafe: Merchant) -> None:
    token = invite()
    client_of(in_cafe).post(f"/account/join/{token}/", GOOD)
    assert client_of(in_cafe).post(f"/account/join/{token}/", GOOD).status_code == 404
    assert User.objects.filter(email="new@example.com").count() == 1


def test_wrong_used_revoked_and_old_links_get_the_same_answer(in_cafe: Merchant, owner: User) -> None:
    used, old = invite(email="used@example.com"), invite(email="old@example.com")
    revoked = invite(email="revoked@example.com")
    client_of(in_cafe).post(f"/account/join/{used}/", GOOD)
    Invitation.objects.filter(email="old@example.com").update(expires_at=timezone.now())
    invitations.revoke(Invitation.objects.get(email="revoked@example.com").pk, actor=SYSTEM, at=timezone.now())
    pages = [client_of(in_cafe).get(f"/account/join/{token}/") for token in ("wrong", used, old, revoked)]
    assert [page.status_code for page in pages] == [404] * 4
    assert len({text_of(page) for page in pages}) == 1


def test_another_shops_link_does_not_work_here(cafe: Merchant, bikes: Merchant) -> None:
    with tenant_context(bikes):
        token = invite()
    assert client_of(cafe).get(f"/account/join/{token}/").status_code == 404


def test_a_weak_password_is_refused_beside_its_field(in_cafe: Merchant) -> None:
    response = client_of(in_cafe).post(f"/account/join/{invite()}/", {"name": "Park", "password": "1234567890"})
    assert response.status_code == 422
    assert "password" in response.context["form"].errors


def test_only_the_hash_of_a_token_is_stored(in_cafe: Merchant) -> None:
    token = invite()
    assert token not in str(list(Invitation.objects.values()))


def test_an_invitation_ends_after_seven_days(in_cafe: Merchant) -> None:
    _invitation, token = invitations.invite("new@example.com", Role.CASHIER, actor=SYSTEM, at=NOW)
    invitations.find(token, at=NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(NotAnInvitation):
        invitations.find(token, at=NOW + timedelta(days=7))


def test_a_second_invitation_of_an_address_replaces_the_first(in_cafe: Merchant) -> None:
    first, second = invite(), invite()
    with pytest.raises(NotAnInvitation):
        invitations.find(first, at=timezone.now())
    assert invitations.find(second, at=timezone.now()).email == "new@example.com"


def test_a_person_who_works_here_is_not_invited(in_cafe: Merchant, owner: User) -> None:
    with pytest.raises(CannotInvite):
        invite(email=owner.email.upper())


def test_a_deactivated_person_is_to_be_reactivated_instead(as_owner: Client, cafe: Merchant, colleague: User) -> None:
    with tenant_context(cafe):
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    response = as_owner.post("/backoffice/staff/invite/", {"email": colleague.email, "role": "cashier"})
    assert response.status_code == 422
    assert "email" in response.context["form"].errors


def test_an_invitation_is_withdrawn(as_owner: Client, in_cafe: Merchant) -> None:
    token = invite()
    invitation = Invitation.objects.get()
    as_owner.post(f"/backoffice/staff/invitations/{invitation.pk}/revoke/")
    assert client_of(in_cafe).get(f"/account/join/{token}/").status_code == 404


def test_a_role_that_does_not_exist_is_refused(as_owner: Client) -> None:
    response = as_owner.post("/backoffice/staff/invite/", {"email": "new@example.com", "role": "king"})
    assert response.status_code == 422


def test_invited_joined_and_revoked_stand_in_the_trail(in_cafe: Merchant, owner: User) -> None:
    actor = Actor("staff", owner.pk, "Owner", "192.0.2.1", "abc")
    invitation, _token = invitations.invite("a@example.com", Role.CASHIER, actor=actor, at=NOW)
    invitations.revoke(invitation.pk, actor=actor, at=NOW)
    client_of(in_cafe).post(f"/account/join/{invite()}/", GOOD)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["staff.invited", "staff.invitation_revoked", "staff.invited", "staff.joined"]


def test_a_mail_server_that_is_down_leaves_the_link(as_owner: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = as_owner.post("/backoffice/staff/invite/", {"email": "new@example.com", "role": "manager"}, follow=True)
    assert "/account/join/" in response.content.decode()


def text_of(response: Any) -> str:
    """What people see of a page: without its request id and form tokens."""
    return str(response.content.decode().split("<main")[1].split("</main>")[0])


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_makes_one_account(cafe: Merchant) -> None:
    with tenant_context(cafe):
        token = invite()
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def join() -> None:
        try:
            with tenant_context(cafe):
                gate.wait()
                invitations.accept(token, **GOOD, proof="", actor=SYSTEM, at=timezone.now())
                outcomes.append("joined")
        except NotAnInvitation:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=join) for _twice in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["joined", "too late"]


def test_an_address_that_fits_no_mail_cannot_be_invited(as_owner: Client) -> None:
    answer = as_owner.post("/backoffice/staff/invite/", {"email": f"a@{'ü' * 59}.com", "role": "cashier"})
    assert answer.status_code == 422


def test_a_shop_sends_no_flood_of_invitations(as_owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_page, "INVITATIONS_A_DAY", 2)
    answers = [
        as_owner.post("/backoffice/staff/invite/", {"email": f"n{n}@example.com", "role": "cashier"}).status_code
        for n in range(3)
    ]
    assert answers == [302, 302, 429]
    assert len(mail.outbox) == 2
