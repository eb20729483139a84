"""Roles and access of the people who work here."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from staff import invitations, people
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry, Role, User
from staff.people import CannotChange
from tenants.models import Merchant
from tests.conftest import client_of, staff_of
from tests.shops import NOW

pytestmark = pytest.mark.django_db


def role_of(merchant: Merchant, user: User) -> str:
    with tenant_context(merchant):
        return User.objects.get(pk=user.pk).role


def test_an_owner_changes_a_role(as_owner: Client, cafe: Merchant, colleague: User) -> None:
    as_owner.post(f"/backoffice/staff/{colleague.pk}/role/manager/")
    assert role_of(cafe, colleague) == "manager"


def test_a_changed_role_can_be_undone_by_the_toast(as_owner: Client, cafe: Merchant, colleague: User) -> None:
    page = as_owner.post(f"/backoffice/staff/{colleague.pk}/role/manager/", follow=True)
    (message,) = page.context["messages"]
    as_owner.post(message.extra_tags.removeprefix("undo:"))
    assert role_of(cafe, colleague) == "cashier"


def test_a_role_that_does_not_exist_is_not_found(as_owner: Client, colleague: User) -> None:
    assert as_owner.post(f"/backoffice/staff/{colleague.pk}/role/king/").status_code == 404


def test_a_person_who_does_not_exist_is_not_found(as_owner: Client) -> None:
    assert as_owner.post("/backoffice/staff/999999/role/manager/").status_code == 404


def test_a_cashier_changes_nobody(as_colleague: Client, cafe: Merchant, owner: User) -> None:
    assert as_colleague.post(f"/backoffice/staff/{owner.pk}/deactivate/").status_code == 403


def test_another_shops_owner_is_nobody_here(cafe: Merchant, bikes: Merchant, outsider: User, colleague: User) -> None:
    client = client_of(bikes, outsider)
    client.post(f"/backoffice/staff/{colleague.pk}/role/owner/")
    assert role_of(cafe, colleague) == "cashier"


def test_a_deactivated_person_is_signed_out_and_stays_out(cafe: Merchant, as_owner: Client, colleague: User) -> None:
    theirs = client_of(cafe)
    credentials = {"login": colleague.email, "password": "correct horse battery"}
    theirs.post("/account/login/", credentials)
    as_owner.post(f"/backoffice/staff/{colleague.pk}/deactivate/")
    assert theirs.get("/backoffice/customers/").status_code == 302
    assert theirs.post("/account/login/", credentials)["Location"] == "/account/inactive/"


def test_a_reactivated_person_comes_in_again(cafe: Merchant, as_owner: Client, colleague: User) -> None:
    as_owner.post(f"/backoffice/staff/{colleague.pk}/deactivate/")
    as_owner.post(f"/backoffice/staff/{colleague.pk}/reactivate/")
    theirs = client_of(cafe)
    response = theirs.post("/account/login/", {"login": colleague.email, "password": "correct horse battery"})
    assert response["Location"] == "/backoffice/"


def test_nobody_deactivates_themselves(as_owner: Client, cafe: Merchant, owner: User) -> None:
    as_owner.post(f"/backoffice/staff/{owner.pk}/deactivate/")
    with tenant_context(cafe):
        assert User.objects.get(pk=owner.pk).is_active


def test_the_last_owner_stays(in_cafe: Merchant, owner: User) -> None:
    with pytest.raises(CannotChange):
        people.deactivate(owner.pk, actor=SYSTEM, at=NOW)
    with pytest.raises(CannotChange):
        people.change_role(owner.pk, Role.MANAGER, actor=SYSTEM, at=NOW)


def test_a_deactivated_second_owner_does_not_count(in_cafe: Merchant, owner: User) -> None:
    User.objects.create_user("second@example.com", "x", role=Role.OWNER, is_active=False)
    with pytest.raises(CannotChange):
        people.deactivate(owner.pk, actor=SYSTEM, at=NOW)


def test_every_change_stands_in_the_trail_once(in_cafe: Merchant, owner: User, colleague: User) -> None:
    actor = Actor("staff", owner.pk, "Owner")
    for _twice in range(2):
        people.change_role(colleague.pk, Role.ANALYST, actor=actor, at=NOW)
        people.deactivate(colleague.pk, actor=actor, at=NOW)
    people.reactivate(colleague.pk, actor=actor, at=NOW)
    entries = AuditEntry.objects.order_by("pk").values_list("action", "changes")
    assert list(entries) == [
        ("staff.role_changed", {"role": ["cashier", "analyst"]}),
        ("staff.deactivated", {}),
        ("staff.reactivated", {}),
    ]


def test_the_page_lists_people_in_two_queries(in_cafe: Merchant, django_assert_num_queries: Any) -> None:
    for number in range(5):
        User.objects.create_user(f"{number}@example.com", "x", role=Role.CASHIER)
    with django_assert_num_queries(2):
        assert len(people.members()) == 5


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one(cafe: Merchant) -> None:
    first, second = staff_of(cafe), staff_of(cafe, email="second@example.com")
    gate = threading.Barrier(2)
    refused: list[int] = []

    def remove(acting: User, other: User) -> None:
        try:
            with tenant_context(cafe):
                gate.wait()
                people.deactivate(other.pk, actor=Actor("staff", acting.pk, "x"), at=NOW)
        except CannotChange:
            refused.append(acting.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_context(cafe):
        assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1
    assert len(refused) == 1


def leaving(merchant: Merchant) -> int:
    """An owner who has invited another self."""
    user = staff_of(merchant, email="leaving@cafe.example")
    invitations.invite("another-self@example.com", Role.OWNER, actor=Actor("staff", user.pk), at=NOW)
    return user.pk


def test_a_deactivated_person_leaves_no_open_invitation(in_cafe: Merchant, owner: User) -> None:
    people.deactivate(leaving(in_cafe), actor=Actor("staff", owner.pk), at=NOW)
    assert not invitations.open_invitations(at=NOW)


def test_a_person_who_may_not_invite_any_more_leaves_no_open_invitation(in_cafe: Merchant, owner: User) -> None:
    people.change_role(leaving(in_cafe), Role.MANAGER, actor=Actor("staff", owner.pk), at=NOW)
    assert not invitations.open_invitations(at=NOW)
