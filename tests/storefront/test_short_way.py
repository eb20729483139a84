"""The hook's short way past what only pages need: what it keeps, and what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront import intake, known, stores
from tenants.models import Merchant
from tests.storefront.sending import Sender, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(cafe: Merchant) -> Sender:
    return Sender(cafe)


def test_it_carries_the_id_of_the_request_and_its_length(sender: Sender) -> None:
    answer = sender.send("order.paid", an_order())
    assert answer["X-Request-ID"]
    assert answer["Content-Length"] == str(len(answer.content))


def test_it_touches_no_session(sender: Sender) -> None:
    assert not sender.send("order.paid", an_order()).cookies


def test_a_shop_that_is_suspended_takes_nothing(sender: Sender, cafe: Merchant) -> None:
    Merchant.objects.filter(pk=cafe.pk).update(state=Merchant.State.SUSPENDED)
    assert sender.send("order.paid", an_order()).status_code == 503
    assert sender.deliveries() == []


def test_the_main_host_has_no_hooks(sender: Sender) -> None:
    answer = Client(headers={"host": "localhost"}).post(sender.path, b"{}", content_type="application/json")
    assert answer.status_code == 404


def test_an_error_of_ours_is_a_page_with_its_id(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(intake, "receive", fails)
    sender.client.raise_request_exception = False
    answer = sender.send("order.paid", an_order())
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()


def test_a_store_that_is_disconnected_is_gone_at_once(sender: Sender, cafe: Merchant) -> None:
    assert sender.send("order.paid", an_order()).status_code == 202
    with tenant_context(cafe):
        stores.disconnect(sender.store, actor=SYSTEM, at=datetime.now(UTC))
    assert sender.send("order.paid", an_order()).status_code == 410


def test_a_new_secret_counts_at_once(sender: Sender, cafe: Merchant) -> None:
    assert sender.send("order.paid", an_order()).status_code == 202
    with tenant_context(cafe):
        sender.secret = stores.rotate_secret(sender.store, actor=SYSTEM, at=datetime.now(UTC))
    assert sender.send("order.paid", an_order()).status_code == 202


def test_a_store_is_remembered_for_its_own_shop_alone(sender: Sender, cafe: Merchant, bikes: Merchant) -> None:
    at = datetime.now(UTC)
    with tenant_context(cafe):
        assert known.known(sender.store.public_id, at) is not None
    with tenant_context(bikes):
        assert known.known(sender.store.public_id, at) is None


def test_what_is_remembered_is_asked_again_after_a_moment(
    sender: Sender, cafe: Merchant, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(known, "REMEMBERED_SECONDS", 0.0)
    with tenant_context(cafe):
        known.known(sender.store.public_id, datetime.now(UTC))
        connection.cursor().close()  # the search path is set
        with django_assert_num_queries(2):
            known.known(sender.store.public_id, datetime.now(UTC))
