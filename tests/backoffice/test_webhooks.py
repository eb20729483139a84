"""Outgoing webhooks in the backoffice: adding, looking, trying, pausing, sending again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from customers.profiles import add_customer
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.alarms import drain
from tenants.models import Merchant
from tests.webhooks.receiving import Receiver, receiver
from webhooks import endpoints, signing
from webhooks.models import Endpoint, Message

LIST = "/backoffice/developers/webhooks/"


@pytest.fixture
def program(settings: Settings) -> Iterator[Receiver]:
    with receiver() as running:
        settings.EGRESS_ALLOWED = [f"127.0.0.1:{running.port}"]
        yield running


@pytest.fixture
def endpoint(cafe: Merchant, program: Receiver) -> Endpoint:
    with tenant_context(cafe):
        added, _secret = endpoints.create_endpoint(program.url(), actor=SYSTEM, at=timezone.now())
        return added


def page_of(endpoint: Endpoint) -> str:
    return f"{LIST}{endpoint.public_id}/"


def something_happens(cafe: Merchant) -> None:
    with tenant_context(cafe):
        add_customer(country="KR", actor=SYSTEM, at=timezone.now(), name="손님", email="", phone="")


def test_it_says_what_webhooks_are_for_while_there_is_none(as_owner: Client) -> None:
    assert "/new/" in as_owner.get(LIST).content.decode()


def test_it_adds_a_webhook_and_shows_its_secret_once(as_owner: Client, cafe: Merchant, program: Receiver) -> None:
    answer = as_owner.post(f"{LIST}new/", {"url": program.url(), "scope": "some", "types": ["order.updated"]})
    with tenant_context(cafe):
        endpoint = Endpoint.objects.get()
        (secret,) = signing.valid_secrets(endpoint, timezone.now())
    assert (answer.headers["Location"], endpoint.types) == (page_of(endpoint), ["order.updated"])
    assert secret in as_owner.get(page_of(endpoint)).content.decode()
    assert secret not in as_owner.get(page_of(endpoint)).content.decode()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"url": "http://example.com/"}, "https://"),
        ({"url": "https://127.0.0.1/"}, "private network"),
        ({"url": "https://nobody.invalid/"}, "Nobody knows this name"),
        ({"url": "https://example.com:22/"}, "443, 8443"),
        ({"url": "https://a:b@example.com/"}, "signature instead"),
        ({"url": "nonsense"}, "https://"),
        ({"url": "https://exa mple.com/"}, "This is no address"),
        ({"url": ""}, "This field is required"),
        ({"url": "https://example.com/\x00"}, "Null characters are not allowed"),
        ({"scope": "some"}, "Choose at least one"),
        ({"scope": "some", "types": ["nothing.known"]}, "not one of the available choices"),
    ],
)
def test_it_says_what_is_wrong_with_a_webhook(
    told: dict[str, object], words: str, as_owner: Client, program: Receiver
) -> None:
    as_owner.cookies["language"] = "en"
    answer = as_owner.post(f"{LIST}new/", {"url": program.url(), "scope": "all", **told})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_it_refuses_a_second_webhook_for_the_same_address(
    as_owner: Client, endpoint: Endpoint, program: Receiver
) -> None:
    assert as_owner.post(f"{LIST}new/", {"url": program.url(), "scope": "all"}).status_code == 422


def test_it_refuses_the_twenty_first(as_owner: Client, cafe: Merchant, program: Receiver) -> None:
    with tenant_context(cafe):
        Endpoint.objects.bulk_create(
            Endpoint(public_id=f"we_{n}", url=f"https://example.com/{n}", secrets="", created_at=timezone.now())
            for n in range(endpoints.MOST)
        )
    assert as_owner.post(f"{LIST}new/", {"url": program.url(), "scope": "all"}).status_code == 422


def test_it_changes_what_a_webhook_is_told(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    told = {"url": program.url("/new"), "description": "Accounting", "scope": "some", "types": ["points.changed"]}
    as_owner.post(f"{page_of(endpoint)}edit/", told)
    with tenant_context(cafe):
        endpoint.refresh_from_db()
        entry = AuditEntry.objects.get(action="webhook.changed")
    assert (endpoint.url, endpoint.description, endpoint.types) == (
        program.url("/new"), "Accounting", ["points.changed"],
    )  # fmt: skip
    assert set(entry.changes) == {"url", "description", "types"}


def test_a_test_message_arrives_also_while_it_is_paused(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    as_owner.post(f"{page_of(endpoint)}pause/")
    as_owner.post(f"{page_of(endpoint)}ping/")
    drain(cafe, timezone.now())
    assert program.types() == ["ping"]


def test_a_test_message_that_fails_is_not_sent_again(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    program.status["/hook"] = 500
    as_owner.post(f"{page_of(endpoint)}ping/")
    drain(cafe, timezone.now())
    with tenant_context(cafe):
        assert Message.objects.get().state == Message.State.FAILED


def test_its_page_lists_what_was_sent_and_what_was_answered(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    program.status["/hook"], program.body = 500, b"<b>out of order</b>"
    something_happens(cafe)
    drain(cafe, timezone.now())
    assert "500" in as_owner.get(page_of(endpoint)).content.decode()
    with tenant_context(cafe):
        message = Message.objects.latest("pk")
    shown = as_owner.get(f"{page_of(endpoint)}messages/{message.pk}/").content.decode()
    assert message.message_id in shown
    assert "&lt;b&gt;out of order&lt;/b&gt;" in shown
    assert "customer.joined" in shown


def test_its_log_is_filtered_by_state_and_type(as_owner: Client, cafe: Merchant, endpoint: Endpoint) -> None:
    something_happens(cafe)
    found = as_owner.get(page_of(endpoint), {"state": "waiting", "type": "customer.joined"}).context["rows"]
    assert [message.type for message, *_ in found] == ["customer.joined"]
    assert as_owner.get(page_of(endpoint), {"state": "sent"}).context["rows"] == []
    assert as_owner.get(page_of(endpoint), {"state": "\x00", "type": "x", "before": "1e9"}).status_code == 200


def test_a_message_is_sent_again_by_hand(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    something_happens(cafe)
    drain(cafe, timezone.now())
    with tenant_context(cafe):
        pk = Message.objects.latest("pk").pk
    as_owner.post(f"{page_of(endpoint)}messages/{pk}/redeliver/")
    drain(cafe, timezone.now())
    assert len(program.heard) == 3


def test_all_failed_ones_are_sent_again_by_hand(
    as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    something_happens(cafe)
    with tenant_context(cafe):
        Message.objects.update(state="failed", next_try_at=None)
        Message.objects.filter(type="customer.created").update(created_at=timezone.now() - timedelta(days=3))
    as_owner.post(f"{page_of(endpoint)}redeliver/", {"since": "1"})
    drain(cafe, timezone.now())
    assert program.types() == ["customer.joined"]


@pytest.mark.parametrize(("resend", "arrived"), [("yes", 2), ("no", 0)])
def test_resuming_asks_whether_to_send_what_was_kept(
    resend: str, arrived: int, as_owner: Client, cafe: Merchant, endpoint: Endpoint, program: Receiver
) -> None:
    as_owner.post(f"{page_of(endpoint)}pause/")
    something_happens(cafe)
    assert as_owner.get(page_of(endpoint)).context["kept"] == 2
    as_owner.post(f"{page_of(endpoint)}resume/", {"resend": resend})
    drain(cafe, timezone.now())
    assert len(program.heard) == arrived


def test_a_new_secret_is_shown_once_beside_the_hint_of_the_old_one(as_owner: Client, endpoint: Endpoint) -> None:
    as_owner.post(f"{page_of(endpoint)}rotate/")
    answer = as_owner.get(page_of(endpoint))
    assert answer.context["secret"].startswith("whsec_")
    assert len(answer.context["kept_secrets"]) == 2


def test_deleting_forgets_the_webhook_and_its_log(as_owner: Client, cafe: Merchant, endpoint: Endpoint) -> None:
    something_happens(cafe)
    as_owner.post(f"{page_of(endpoint)}delete/")
    with tenant_context(cafe):
        assert not Endpoint.objects.exists()
        assert not Message.objects.exists()
    assert as_owner.get(page_of(endpoint)).status_code == 404


def test_an_endpoint_that_was_paused_for_its_failures_is_counted(cafe: Merchant, endpoint: Endpoint) -> None:
    with tenant_context(cafe):
        endpoints.pause(endpoint, actor=SYSTEM, at=timezone.now(), reason=Endpoint.Paused.GONE)
        assert endpoints.paused_by_us().count() == 1


@pytest.mark.parametrize("act", ["", "ping/", "pause/", "resume/", "rotate/", "delete/", "redeliver/", "edit/"])
def test_a_cashier_may_neither_see_nor_change_webhooks(as_colleague: Client, endpoint: Endpoint, act: str) -> None:
    address = page_of(endpoint) + act
    assert (as_colleague.get(address) if act in {"", "edit/"} else as_colleague.post(address)).status_code == 403
