"""Me: what a member tells, allows and takes back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.consents import allows, record_consent
from customers.models import Consent, Customer, Event
from portal import consenting, leaving
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.portal.browsing import arrive, ask, code_for, enter, signed_in
from tests.portal.shopping import MINA, member
from tests.portal.test_home import give, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina(cafe: Merchant, now: datetime) -> Customer:
    return member(cafe, now)


@pytest.fixture
def as_mina(cafe: Merchant, mina: Customer) -> Client:
    client = signed_in(cafe, mina)
    client.cookies["language"] = "en"
    return client


def save(client: Client, **fields: Any) -> Any:
    return client.post("/me/save/", {"name": "", "language": "en", **fields})


def again(merchant: Merchant, customer: Customer) -> Customer:
    """The customer as stored now."""
    with tenant_context(merchant):
        return Customer.objects.get(pk=customer.pk)


def consents(merchant: Merchant) -> list[Consent]:
    with tenant_context(merchant):
        return list(Consent.objects.order_by("id"))


def test_a_name_is_saved(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    assert save(as_mina, name="  김   미나 ")["Location"] == "/me/?done=profile"
    assert again(cafe, mina).name == "김 미나"


def test_what_changed_stands_in_the_trail_with_the_shopper_as_actor(
    cafe: Merchant, mina: Customer, as_mina: Client
) -> None:
    save(as_mina, name="Mina")
    with tenant_context(cafe):
        entry = AuditEntry.objects.get(action="customer.edited")
    assert (entry.actor_kind, entry.actor_id, entry.object_id) == ("shopper", mina.pk, mina.pk)


def test_the_language_is_kept_with_the_person_and_the_browser(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    response = save(as_mina, language="ko")
    assert response.cookies["language"].value == "ko"
    assert again(cafe, mina).language == "ko"
    assert b'<html lang="ko"' in as_mina.get("/me/").content


def test_a_browser_that_was_never_told_takes_the_persons_language(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    with tenant_context(cafe):
        Customer.objects.filter(pk=mina.pk).update(language="en")
    client = arrive(cafe)
    assert client.cookies["language"].value == "en"


def test_a_browser_that_was_told_keeps_its_language(bikes: Merchant, now: datetime) -> None:
    mina = member(bikes, now)
    with tenant_context(bikes):
        Customer.objects.filter(pk=mina.pk).update(language="en")
    client = signed_in(bikes, mina)
    client.post("/sign-out/")
    client.cookies["language"] = "ko"
    ask(client)
    enter(client, code_for(bikes))
    assert client.cookies["language"].value == "ko"


def test_a_new_member_is_spoken_to_in_the_language_of_the_page(cafe: Merchant) -> None:
    arrive(cafe, "new@example.com")
    with tenant_context(cafe):
        assert Customer.objects.get(email="new@example.com").language == "ko"


def test_a_birthday_can_be_set_once(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    save(as_mina, birthday="1990-05-31")
    save(as_mina, birthday="1991-01-01")
    assert again(cafe, mina).birthday == date(1990, 5, 31)
    assert b'name="birthday"' not in as_mina.get("/me/").content


def test_a_birthday_left_empty_can_still_be_set(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    save(as_mina, name="Mina", birthday="")
    assert again(cafe, mina).birthday is None
    assert b'name="birthday"' in as_mina.get("/me/").content


@pytest.mark.parametrize("birthday", ["31.5.1990", "1899-12-31", "2999-01-01", "1990-02-30", "x" * 1000])
def test_no_birthday_is_answered_beside_the_field(
    cafe: Merchant, mina: Customer, as_mina: Client, birthday: str
) -> None:
    response = save(as_mina, birthday=birthday)
    assert response.status_code == 422
    assert b'id="id_birthday_error"' in response.content
    assert again(cafe, mina).birthday is None


@pytest.mark.parametrize("fields", [{"language": "tlh"}, {"language": ""}, {"name": "x" * 101}, {"name": "a\x00b"}])
def test_bad_input_is_answered_and_changes_nothing(
    cafe: Merchant, mina: Customer, as_mina: Client, fields: dict[str, str]
) -> None:
    assert save(as_mina, **fields).status_code == 422
    assert again(cafe, mina) == mina
    assert again(cafe, mina).name == ""


def test_news_are_off_until_the_member_says_so(cafe: Merchant, as_mina: Client) -> None:
    page = as_mina.get("/me/").content.decode()
    switch = page[page.index('name="advertising_email"') :].split(">")[0]
    assert "checked" not in switch
    assert consents(cafe) == []


def test_agreeing_is_recorded_with_its_evidence(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    as_mina.post("/me/news/", {"advertising_email": "on"}, REMOTE_ADDR="203.0.113.9")
    [consent] = consents(cafe)
    assert (consent.customer_id, consent.channel, consent.purpose, consent.granted) == (
        mina.pk,
        "email",
        "advertising",
        True,
    )
    assert consent.source == "portal"
    assert consent.evidence["ip"] == "203.0.113.9"
    assert consent.evidence["language"] == "en"
    assert cafe.name in consent.evidence["wording"]
    assert consent.evidence["version"]


def test_withdrawing_is_a_record_of_its_own(cafe: Merchant, as_mina: Client) -> None:
    as_mina.post("/me/news/", {"advertising_email": "on"})
    as_mina.post("/me/news/", {})
    assert [c.granted for c in consents(cafe)] == [True, False]
    assert "You withdrew this on" in as_mina.get("/me/").content.decode()


def test_saying_the_same_again_records_nothing(cafe: Merchant, as_mina: Client) -> None:
    as_mina.post("/me/news/", {})
    as_mina.post("/me/news/", {"advertising_email": "on"})
    as_mina.post("/me/news/", {"advertising_email": "on"})
    assert len(consents(cafe)) == 1


def test_leaving_says_what_is_lost(cafe: Merchant, mina: Customer, now: datetime) -> None:
    give(cafe, mina.pk, 12_400, now)
    assert "12,400 P" in visit(cafe, mina, now, "/me/leave/")


def test_asking_to_leave_reaches_the_shops_timeline(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    as_mina.post("/me/leave/")
    with tenant_context(cafe):
        assert Event.objects.get(kind=leaving.ASKED).customer_id == mina.pk
    assert "You have asked to leave" in as_mina.get("/me/").content.decode()


def test_asking_twice_is_asking_once(cafe: Merchant, as_mina: Client) -> None:
    as_mina.post("/me/leave/")
    as_mina.post("/me/leave/")
    with tenant_context(cafe):
        assert Event.objects.filter(kind=leaving.ASKED).count() == 1


def test_the_request_can_be_taken_back(cafe: Merchant, mina: Customer, as_mina: Client) -> None:
    as_mina.post("/me/leave/")
    as_mina.post("/me/leave/", {"stay": "1"})
    with tenant_context(cafe):
        assert leaving.asked_at(mina) is None
        leaving.ask_to_leave(mina, at=timezone.now() + timedelta(days=1))
        assert leaving.asked_at(mina) is not None


def test_staying_without_having_asked_changes_nothing(cafe: Merchant, as_mina: Client) -> None:
    as_mina.post("/me/leave/", {"stay": "1"})
    with tenant_context(cafe):
        assert not Event.objects.filter(kind=leaving.TAKEN_BACK).exists()


def test_the_page_names_the_address_it_belongs_to(as_mina: Client) -> None:
    assert MINA in as_mina.get("/me/").content.decode()


def test_an_unknown_notice_in_the_address_shows_nothing(as_mina: Client) -> None:
    assert "<script>x" not in as_mina.get("/me/", {"done": "<script>x"}).content.decode()


def test_a_consent_that_a_store_dates_ahead_can_be_withdrawn_at_once(cafe: Merchant) -> None:
    customer, at = member(cafe, timezone.now()), timezone.now()
    with tenant_context(cafe):
        told = {"channel": "email", "purpose": "advertising", "source": "st_1"}
        record_consent(customer, granted=True, at=at + timedelta(hours=20), **told)  # type: ignore[arg-type]
        consenting.decide(customer, cafe, granted=False, ip="", at=at)
        assert not allows(customer, "email", "advertising")
