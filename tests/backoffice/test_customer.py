"""One customer's page: balance, timeline, notes, details."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import moments, timeline
from customers.consents import record_consent
from customers.models import Customer, Order
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_member, a_programme, an_order, some_points

pytestmark = pytest.mark.django_db


@pytest.fixture
def minji(cafe: Merchant) -> Customer:
    return a_member(cafe, timezone.now() - 60 * DAY)


def path_of(customer: Customer, rest: str = "") -> str:
    return f"/backoffice/customers/{customer.pk}/{rest}"


def page(client: Client, customer: Customer, rest: str = "") -> str:
    client.cookies["language"] = "en"
    return client.get(path_of(customer, rest)).content.decode()


def buyer(merchant: Merchant, order: Order) -> Customer:
    with tenant_context(merchant):
        return Customer.objects.get(orders=order)


def test_a_colleague_sees_a_customer(as_colleague: Client, minji: Customer) -> None:
    assert "010-1234-5678" in page(as_colleague, minji)


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client, minji: Customer) -> None:
    assert as_outsider.get(path_of(minji)).status_code == 302


@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_an_unknown_customer_is_not_found(as_owner: Client, pk: str) -> None:
    assert as_owner.get(f"/backoffice/customers/{pk}/").status_code == 404


def test_points_of_an_order_are_explained(cafe: Merchant, as_owner: Client) -> None:
    a_programme(cafe, timezone.now())
    order = an_order(cafe, timezone.now() - DAY)
    text = page(as_owner, buyer(cafe, order))
    assert "Why this number?" in text
    assert "₩12,000 spent × 1% = 120 points" in text


def test_an_order_that_earned_nothing_says_why(cafe: Merchant, as_owner: Client) -> None:
    a_programme(cafe, timezone.now())
    order = an_order(cafe, timezone.now() - DAY, test=True)
    assert "A test order earns no points." in page(as_owner, buyer(cafe, order))


def test_lots_stand_by_expiry(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    a_programme(cafe, timezone.now())
    some_points(cafe, minji, 700, timezone.now())
    text = page(as_owner, minji)
    assert "Points by expiry" in text
    assert "700 P" in text


def test_consents_are_shown(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    with tenant_context(cafe):
        record_consent(minji, channel="email", purpose="advertising", granted=True, at=timezone.now(), source="portal")
    text = page(as_owner, minji)
    assert "E-mail, advertising" in text
    assert "agreed" in text


def test_a_name_is_never_markup(cafe: Merchant, as_owner: Client) -> None:
    evil = a_member(cafe, timezone.now(), name='<script>alert("x")</script>', email="evil@example.com", phone="")
    assert "<script>alert" not in page(as_owner, evil)


def test_a_note_stands_in_the_timeline(cafe: Merchant, as_colleague: Client, minji: Customer) -> None:
    as_colleague.post(path_of(minji, "notes/"), {"text": "창가 자리를 좋아해요"})
    text = page(as_colleague, minji)
    assert "창가 자리를 좋아해요" in text
    assert "by Cashier" in text or "by 캐셔" in text


def test_a_note_is_recorded_without_its_text(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    as_owner.post(path_of(minji, "notes/"), {"text": "비밀"})
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(action="customer.noted", object_id=minji.pk, changes={}).exists()


def test_an_empty_note_is_refused(as_owner: Client, minji: Customer) -> None:
    assert as_owner.post(path_of(minji, "notes/"), {"text": " "}).status_code == 422


def test_an_analyst_may_not_write_notes(as_analyst: Client, minji: Customer) -> None:
    assert as_analyst.post(path_of(minji, "notes/"), {"text": "x"}).status_code == 403


def test_details_are_changed_with_a_trail(cafe: Merchant, as_colleague: Client, minji: Customer) -> None:
    told = {
        "name": "김민지",
        "email": "new@example.com",
        "phone": "010-1234-5678",
        "birthday": "1990-05-01",
        "language": "",
    }
    assert as_colleague.post(path_of(minji, "edit/"), told).status_code == 302
    with tenant_context(cafe):
        trail = AuditEntry.objects.get(action="customer.edited", object_id=minji.pk)
    assert trail.changes == {"email": ["minji@example.com", "new@example.com"], "birthday": [None, "1990-05-01"]}


def test_changed_details_stand_in_the_timeline(as_owner: Client, minji: Customer) -> None:
    as_owner.post(path_of(minji, "edit/"), {"name": "김민주", "email": "minji@example.com"})
    assert "김민지 → 김민주" in page(as_owner, minji)


def test_wrong_details_are_refused(as_owner: Client, minji: Customer) -> None:
    response = as_owner.post(path_of(minji, "edit/"), {"name": "", "email": "", "phone": ""})
    assert response.status_code == 422


def test_a_phone_number_is_edited_as_people_write_it(as_owner: Client, minji: Customer) -> None:
    as_owner.post(path_of(minji, "edit/"), {"name": "김민지", "phone": "+82 10-2629-4401"})
    assert 'value="010-2629-4401"' in as_owner.get(path_of(minji, "edit/")).content.decode()


def test_an_analyst_may_not_edit(as_analyst: Client, minji: Customer) -> None:
    assert as_analyst.get(path_of(minji, "edit/")).status_code == 403
    assert "Edit details" not in page(as_analyst, minji)


def test_the_timeline_goes_on_by_time(in_cafe: Merchant, now: datetime) -> None:
    customer = a_member(in_cafe, now - 60 * DAY)
    for number in range(25):
        some_points(in_cafe, customer, 10, now - number * DAY, key=f"gift-{number}")
    first = timeline.of(customer)
    assert len(first.moments) == moments.SHOWN
    rest = timeline.of(customer, before=first.older)
    assert len(rest.moments) == 25 + 1 - moments.SHOWN  # and the day they joined
    assert rest.older is None


def test_older_moments_come_alone(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#older"}
    text = as_owner.get(path_of(minji), {"before": timezone.now().isoformat()}, headers=headers).content.decode()
    assert "timeline-item" in text
    assert "<html" not in text


@pytest.mark.parametrize("before", ["yesterday", "2026-13-45T99:00:00Z", "2026-01-01T00:00:00", "\x00"])
def test_a_moment_that_is_none_shows_the_latest(as_owner: Client, minji: Customer, before: str) -> None:
    assert as_owner.get(path_of(minji), {"before": before}).status_code == 200


def test_the_page_needs_few_queries(cafe: Merchant, as_owner: Client, queries_of: Callable[..., int]) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    for number in range(10):
        order = an_order(cafe, now - number * DAY, number=str(number))
    assert queries_of(as_owner, f"/backoffice/customers/{order.customer_id}/") <= 30
