"""The log of deliveries, one delivery, processing it again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from staff.models import AuditEntry
from storefront.models import Delivery, Store
from tenants.models import Merchant
from tests.backoffice.scenes import a_delivery, a_programme, a_store, an_order
from tests.storefront.sending import Sender

pytestmark = pytest.mark.django_db
LOG = "/backoffice/deliveries/"


@pytest.fixture
def store(cafe: Merchant) -> Store:
    return a_store(cafe, timezone.now())


@pytest.fixture
def refused(cafe: Merchant, store: Store) -> Delivery:
    errors = [{"path": "/data/total", "message": "is <b>required</b>"}]
    return a_delivery(
        cafe, store, timezone.now(), key="msg_bad", subject="o-bad", state="refused", reason="Not valid", errors=errors
    )


def page(client: Client, path: str = LOG, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


def test_an_empty_log_says_what_it_is_for(as_owner: Client) -> None:
    assert "Nothing has arrived yet" in page(as_owner)


def test_a_cashier_does_not_see_the_log(as_colleague: Client, refused: Delivery) -> None:
    assert as_colleague.get(LOG).status_code == 403
    assert as_colleague.get(f"{LOG}{refused.pk}/").status_code == 403


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client, refused: Delivery) -> None:
    assert as_outsider.get(f"{LOG}{refused.pk}/").status_code == 302


def test_it_shows_state_and_reason(as_analyst: Client, refused: Delivery) -> None:
    text = page(as_analyst)
    assert "Refused" in text
    assert "Not valid" in text


def test_it_filters_by_state(cafe: Merchant, as_owner: Client, store: Store, refused: Delivery) -> None:
    a_delivery(cafe, store, timezone.now(), subject="o-good")
    text = page(as_owner, f"{LOG}?state=refused")
    assert "o-bad" in text
    assert "o-good" not in text


def test_it_filters_by_store(cafe: Merchant, as_owner: Client, refused: Delivery) -> None:
    other = a_store(cafe, timezone.now(), public_id="st_other", name="둘째")
    a_delivery(cafe, other, timezone.now(), subject="o-other")
    text = page(as_owner, f"{LOG}?store=st_other")
    assert "o-other" in text
    assert "o-bad" not in text


def test_it_searches_by_order_or_message(cafe: Merchant, as_owner: Client, store: Store, refused: Delivery) -> None:
    a_delivery(cafe, store, timezone.now(), subject="o-good")
    assert "o-good" not in page(as_owner, f"{LOG}?q=o-bad")
    assert "o-bad" in page(as_owner, f"{LOG}?q=msg_bad")


@pytest.mark.parametrize("query", ["state=odd", "store=st_none", "before=x", "q=%00"])
def test_a_filter_that_makes_no_sense_is_left_out(as_owner: Client, refused: Delivery, query: str) -> None:
    assert "o-bad" in page(as_owner, f"{LOG}?{query}")


def test_nothing_found_offers_to_clear(as_owner: Client, refused: Delivery) -> None:
    assert "Clear filters" in page(as_owner, f"{LOG}?q=none")


def test_the_log_refreshes_only_its_rows(as_owner: Client, refused: Delivery) -> None:
    text = page(as_owner, LOG, **{"HX-Request": "true", "HX-Target": "div#results"})
    assert "o-bad" in text
    assert "<html" not in text


def test_an_older_page_does_not_refresh(as_owner: Client, refused: Delivery) -> None:
    assert "every 10s" in page(as_owner)
    assert "every 10s" not in page(as_owner, f"{LOG}?before=999999")


def test_the_log_needs_few_queries(
    cafe: Merchant, as_owner: Client, store: Store, queries_of: Callable[..., int]
) -> None:
    for number in range(30):
        a_delivery(cafe, store, timezone.now(), key=f"msg_{number}")
    assert queries_of(as_owner, LOG) <= 7


def test_mistakes_stand_by_their_path(as_owner: Client, refused: Delivery) -> None:
    text = page(as_owner, f"{LOG}{refused.pk}/")
    assert "/data/total" in text
    assert "is &lt;b&gt;required&lt;/b&gt;" in text


def test_the_body_is_indented(as_owner: Client, refused: Delivery) -> None:
    assert "&quot;type&quot;: &quot;order.updated&quot;" in page(as_owner, f"{LOG}{refused.pk}/")


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 5000, b"", b"<script>alert(1)</script>", b"1" * 200_000])
def test_a_body_that_is_no_document_is_shown_as_it_is(
    cafe: Merchant, as_owner: Client, store: Store, body: bytes
) -> None:
    delivery = a_delivery(cafe, store, timezone.now(), body=body, state="refused")
    response = as_owner.get(f"{LOG}{delivery.pk}/")
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_it_shows_what_it_became(cafe: Merchant, as_owner: Client, store: Store) -> None:
    a_programme(cafe, timezone.now())
    order = an_order(cafe, timezone.now())
    delivery = a_delivery(cafe, store, timezone.now(), order_id=order.pk)
    text = page(as_owner, f"{LOG}{delivery.pk}/")
    assert f"/backoffice/orders/{order.pk}/" in text
    assert f"/backoffice/customers/{order.customer_id}/" in text
    assert "₩12,000 spent × 1% = 120 points" in text


@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_an_unknown_delivery_is_not_found(as_owner: Client, pk: str) -> None:
    assert as_owner.get(f"{LOG}{pk}/").status_code == 404


def test_a_manager_has_it_processed_again(cafe: Merchant, as_manager: Client, store: Store) -> None:
    delivery = a_delivery(cafe, store, timezone.now(), state="dead", attempts=7, reason="No")
    response = as_manager.post(f"{LOG}{delivery.pk}/replay/")
    assert response["Location"] == f"{LOG}{delivery.pk}/"
    with tenant_context(cafe):
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == ("new", 0)
        assert AuditEntry.objects.filter(action="delivery.replayed", object_id=delivery.pk).exists()


def test_what_waits_already_is_not_processed_again(cafe: Merchant, as_owner: Client, store: Store) -> None:
    delivery = a_delivery(cafe, store, timezone.now(), state="new")
    assert as_owner.post(f"{LOG}{delivery.pk}/replay/").status_code == 404


def test_an_analyst_may_not_replay(cafe: Merchant, as_analyst: Client, store: Store) -> None:
    delivery = a_delivery(cafe, store, timezone.now())
    assert as_analyst.post(f"{LOG}{delivery.pk}/replay/").status_code == 403
    assert "Process again" not in page(as_analyst, f"{LOG}{delivery.pk}/")


def test_half_a_character_is_shown_as_a_question_mark(cafe: Merchant, as_owner: Client) -> None:
    sender = Sender(cafe)
    sender.send_raw(b'{"type": "order.paid", "data": {"id": "caf\\ud800"}}')
    [refused] = sender.deliveries()
    assert "caf?" in as_owner.get(f"/backoffice/deliveries/{refused.pk}/").content.decode()
