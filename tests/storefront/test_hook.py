"""The hook: what is answered to whom, and what is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staff.actors import SYSTEM
from storefront import stores
from storefront.models import Delivery
from storefront.signatures import standard_webhooks
from tenants.models import Alarm, Merchant
from tests.conftest import client_of
from tests.storefront.sending import Sender, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(cafe: Merchant) -> Sender:
    return Sender(cafe)


def event(data: Any, kind: str = "order.paid") -> bytes:
    return json.dumps({"type": kind, "data": data}).encode()


def test_a_signed_order_is_accepted(sender: Sender) -> None:
    answer = sender.send("order.paid", an_order())
    assert (answer.status_code, answer.json()["code"]) == (202, "accepted")
    assert answer["Content-Type"] == "application/json"


def test_what_is_kept_is_the_body_as_it_came(sender: Sender) -> None:
    body = event(an_order()) + b" \n"
    sender.send_raw(body)
    [delivery] = sender.deliveries()
    assert (bytes(delivery.body), delivery.topic, delivery.subject) == (body, "order.paid", "1001")


def test_only_harmless_headers_are_kept(sender: Sender) -> None:
    body = event(an_order())
    sender.post(body, sender.headers(body, key="m1") | {"Cookie": "a=b", "Authorization": "Bearer x", "X-Any": "y"})
    [delivery] = sender.deliveries()
    assert set(delivery.headers) == {"webhook-id", "webhook-timestamp", "content-type"}


def test_the_alarm_rings(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    alarm = Alarm.objects.get(schema_name=cafe.schema_name, kind="inbox")
    assert alarm.due_at is not None
    assert alarm.due_at <= datetime.now(UTC)


# ── Who may send ────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_store_is_not_found(cafe: Merchant) -> None:
    answer = client_of(cafe).post("/hooks/st_nobody/", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "store_unknown")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_store_of_another_shop_is_not_found(sender: Sender, bikes: Merchant) -> None:
    body = event(an_order())
    answer = client_of(bikes).post(sender.path, body, content_type="application/json", headers=sender.headers(body))
    assert answer.status_code == 404


def test_a_disconnected_store_is_gone(sender: Sender, cafe: Merchant) -> None:
    with tenant_context(cafe):
        stores.disconnect(sender.store, actor=SYSTEM, at=datetime.now(UTC))
    assert sender.send("order.paid", an_order()).status_code == 410


def test_a_store_without_secret_refuses_all(cafe: Merchant) -> None:
    sender = Sender(cafe, kind="shopify")
    answer = sender.post(b"{}", {"X-Shopify-Hmac-Sha256": "x", "X-Shopify-Topic": "orders/create"})
    assert answer.status_code == 401


@pytest.mark.parametrize("odd", ["%00", "st_%ff", "..", "가", "x" * 999])
def test_an_odd_address_is_not_found(cafe: Merchant, odd: str) -> None:
    assert client_of(cafe).post(f"/hooks/{odd}/", b"{}", content_type="application/json").status_code == 404


def test_the_slash_at_the_end_may_be_left_out(sender: Sender) -> None:
    body = event(an_order())
    path = sender.path.rstrip("/")
    answer = sender.client.post(path, body, content_type="application/json", headers=sender.headers(body))
    assert answer.status_code == 202


@pytest.mark.parametrize("length", ["-1", "many", "99999999999999999999"])
def test_an_odd_length_is_answered(sender: Sender, length: str) -> None:
    answer = sender.client.generic("POST", sender.path, b"{}", CONTENT_LENGTH=length)
    assert answer.status_code in {401, 413}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_deliveries_are_posted(sender: Sender, method: str) -> None:
    answer = getattr(sender.client, method)(sender.path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_no_cookie_or_form_token_is_wanted(cafe: Merchant, sender: Sender) -> None:
    body = event(an_order())
    strict = Client(enforce_csrf_checks=True, headers={"host": cafe.host})
    answer = strict.post(sender.path, body, content_type="application/json", headers=sender.headers(body))
    assert answer.status_code == 202
    assert not answer.cookies


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_signature_header_is_named(sender: Sender, header: str) -> None:
    body = event(an_order())
    headers = sender.headers(body)
    del headers[header]
    answer = sender.post(body, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_missing")


def test_a_malformed_signature_is_refused(sender: Sender) -> None:
    body = event(an_order())
    answer = sender.post(body, sender.headers(body) | {"webhook-signature": "v1,not base64"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_malformed")


def test_a_signature_by_another_secret_is_refused(sender: Sender) -> None:
    body = event(an_order())
    headers = sender.headers(body)
    forged = standard_webhooks.sign(standard_webhooks.new_secret(), headers["webhook-id"], 1, body)
    answer = sender.post(body, headers | {"webhook-signature": forged})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_wrong")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_expired_signature_is_refused(sender: Sender, minutes: int) -> None:
    answer = sender.send("order.paid", an_order(), at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_expired")


def test_a_wrong_signature_leaves_nothing(sender: Sender) -> None:
    sender.post(b"{}", {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,x"})
    assert sender.deliveries() == []


def test_many_wrong_signatures_are_slowed_down(sender: Sender) -> None:
    answers = [sender.post(b"{}", {}).status_code for _ in range(22)]
    assert answers == [401] * 20 + [429] * 2


def test_a_good_signature_passes_beside_many_wrong_ones(sender: Sender) -> None:
    for _ in range(25):
        sender.post(b"{}", {})
    assert sender.send("order.paid", an_order()).status_code == 202


def test_after_a_rotation_both_secrets_pass_for_a_day(sender: Sender, cafe: Merchant) -> None:
    now = datetime.now(UTC)
    with tenant_context(cafe):
        new = stores.rotate_secret(sender.store, actor=SYSTEM, at=now)
        assert stores.valid_secrets(sender.store, now) == [new, sender.secret]
        assert stores.valid_secrets(sender.store, now + timedelta(hours=24)) == [new]
    assert sender.send("order.paid", an_order()).status_code == 202
    sender.secret = new
    assert sender.send("order.paid", an_order()).status_code == 202


# ── What may be sent ────────────────────────────────────────────────────────────────────────────

NOT_JSON = {
    "empty": b"",
    "words": b"hello",
    "half": b'{"type": "order.paid", "data": {',
    "not utf-8": b'{"type": "\xff\xfe"}',
    "utf-16": '{"type": "order.paid"}'.encode("utf-16"),
    "bom": b"\xef\xbb\xbf{}",
    "nan": b'{"type": "order.paid", "data": {"total": NaN}}',
    "infinity": b'{"type": "order.paid", "data": {"total": -Infinity}}',
    "huge exponent": b'{"type": "order.paid", "data": {"total": 1e400}}',
    "huger exponent": b'{"type": "order.paid", "data": {"total": 1e99999999999999999999}}',
    "tiny exponent": b'{"type": "order.paid", "data": {"total": 1e-400}}',
    "10^400": b'{"type": "order.paid", "data": {"total": 1' + b"0" * 400 + b"}}",
    "10^5000": b'{"type": "order.paid", "data": {"total": 1' + b"0" * 5000 + b"}}",
    "many decimals": b'{"type": "order.paid", "data": {"total": 0.' + b"3" * 500 + b"}}",
    "deep": b'{"type": "order.paid", "data": ' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep": b"[" * 200_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "nul": b'{"type": "order.paid", "data": {"id": "a\\u0000b"}}',
    "nul as name": b'{"type": "order.paid", "data": {"a\\u0000b": 1}}',
    "half a surrogate": b'{"type": "order.paid", "data": {"id": "\\ud83d"}}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_refused_and_kept(sender: Sender, body: bytes) -> None:
    answer = sender.send_raw(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_not_json")
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.reason) == ("refused", answer.json()["title"])


def mistakes(answer: Any) -> dict[str, str]:
    return {error["path"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_a_document_must_be_an_object(sender: Sender, body: bytes) -> None:
    answer = sender.send_raw(body)
    assert (answer.status_code, mistakes(answer)) == (422, {"": "must be of type object"})


def test_every_mistake_is_answered_by_its_path(sender: Sender) -> None:
    line = {"id": "1", "name": "Latte", "quantity": "2", "total": "5000"}
    order = an_order(total="12.5.0", lines=[line, {"id": "2", "qantity": 1}], currency="won", status="payed")
    del order["updated_at"]
    assert mistakes(sender.send("order.paid", order)) == {
        "/data/updated_at": "is required",
        "/data/total": 'must be an amount of money as text, such as "12.50"',
        "/data/currency": 'must be a currency by ISO 4217, such as "KRW"',
        "/data/status": "must be one of: pending, paid, cancelled",
        "/data/lines/0/quantity": "must be of type integer",
        "/data/lines/1/name": "is required",
        "/data/lines/1/quantity": "is required",
        "/data/lines/1/total": "is required",
        "/data/lines/1/qantity": "is not known here",
    }


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown field": ({"totl": "1"}, "/data/totl", "is not known here"),
    "a name with slashes": ({"a/b~c": 1}, "/data/a~1b~0c", "is not known here"),
    "money as number": ({"total": 12.5}, "/data/total", "must be of type string"),
    "negative money": ({"total": "-1"}, "/data/total", 'must be an amount of money as text, such as "12.50"'),
    "too much money": ({"total": "9" * 13}, "/data/total", 'must be an amount of money as text, such as "12.50"'),
    "half a won": ({"total": "12.50"}, "/data/total", "12.50 has more decimals than KRW allows (0)"),
    "no such currency": ({"currency": "QQQ"}, "/data/currency", "is no currency we know"),
    "time without offset": (
        {"updated_at": "2026-01-01T00:00:00"},
        "/data/updated_at",
        'must be a time with its offset, such as "2026-11-20T12:00:00+09:00"',
    ),
    "no such day": ({"paid_at": "2026-02-30T00:00:00Z"}, "/data/paid_at", "is no time that exists"),
    "before all time": ({"paid_at": "0001-01-01T00:00:00+09:00"}, "/data/paid_at", "is no time that exists"),
    "far future": ({"updated_at": "2999-01-01T00:00:00Z"}, "/data/updated_at", "lies in the future"),
    "empty id": ({"id": ""}, "/data/id", "must not be shorter than 1 characters"),
    "long id": ({"id": "x" * 101}, "/data/id", "must not be longer than 100 characters"),
    "number as id": ({"id": 1001}, "/data/id", "must be of type string"),
    "test as text": ({"test": "no"}, "/data/test", "must be of type boolean"),
    "shipping above total": ({"shipping": "20000"}, "/data/total", "is less than shipping and tax together"),
    "customer as text": ({"customer": "7"}, "/data/customer", "must be of type object"),
    "too many lines": ({"lines": [{}] * 501}, "/data/lines", "must not have more than 500 items"),
    "refund without id": ({"refunds": [{"total": "1"}]}, "/data/refunds/0/id", "is required"),
}


@pytest.mark.parametrize(("fields", "path", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_an_order_is_told(sender: Sender, fields: dict[str, Any], path: str, message: str) -> None:
    answer = sender.send("order.paid", an_order(**fields))
    assert answer.status_code == 422
    assert mistakes(answer)[path] == message


def test_a_refused_document_is_kept_with_its_mistakes(sender: Sender) -> None:
    answer = sender.send("order.paid", an_order(total="x"))
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.next_try_at) == ("refused", None)
    assert delivery.errors == answer.json()["errors"]


def test_a_mended_document_may_use_the_same_id(sender: Sender) -> None:
    assert sender.send("order.paid", an_order(total="x"), key="m1").status_code == 422
    assert sender.send("order.paid", an_order(), key="m1").status_code == 202


def test_the_same_mistake_again_is_kept_once(sender: Sender) -> None:
    order = an_order(total="x")
    answers = [sender.send("order.paid", order, key="m1").status_code for _ in range(2)]
    assert (answers, len(sender.deliveries())) == ([422, 422], 1)


def test_a_body_beyond_a_mebibyte_is_too_large(sender: Sender) -> None:
    answer = sender.send_raw(b" " * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sender.deliveries() == []


def test_a_body_of_a_mebibyte_is_read(sender: Sender) -> None:
    body = event(an_order())
    assert sender.send_raw(body + b" " * (1024 * 1024 - len(body))).status_code == 202


def test_a_type_that_is_not_known_is_kept_and_ignored(sender: Sender) -> None:
    assert sender.send("product.created", {"any": "thing"}).status_code == 202
    sender.work()
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.reason) == ("ignored", "Events of this type are not used.")


# ── Again ───────────────────────────────────────────────────────────────────────────────────────


def test_the_same_delivery_again_is_a_duplicate(sender: Sender) -> None:
    order = an_order()
    first, second = (sender.send("order.paid", order, key="m1") for _ in range(2))
    assert (second.status_code, second.json()["duplicate"]) == (200, True)
    assert first.json()["delivery"] == second.json()["delivery"]
    assert len(sender.deliveries()) == 1


def test_the_same_id_with_another_body_is_a_conflict(sender: Sender) -> None:
    sender.send("order.paid", an_order(), key="m1")
    answer = sender.send("order.paid", an_order(total="1"), key="m1")
    assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")


def test_two_stores_may_use_the_same_id(cafe: Merchant, sender: Sender) -> None:
    other = Sender(cafe)
    assert [s.send("order.paid", an_order(), key="m1").status_code for s in (sender, other)] == [202, 202]


json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)),
    max_leaves=10,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(field=st.sampled_from(sorted(an_order())), value=json_like, raw=st.booleans(), junk=st.binary(max_size=40))
def test_nothing_that_is_signed_makes_it_fail(sender: Sender, field: str, value: Any, raw: bool, junk: bytes) -> None:
    body = junk if raw else json.dumps({"type": "order.paid", "data": an_order(**{field: value})}).encode()
    assert sender.send_raw(body).status_code in {202, 400, 422}
    sender.work()
    assert {d.state for d in sender.deliveries()} <= {Delivery.State.DONE, Delivery.State.REFUSED}


@pytest.mark.parametrize("field", ["placed_at", "paid_at", "updated_at"])
def test_a_time_before_any_store_is_a_mistake(cafe: Merchant, field: str) -> None:
    """Year 1 is a time, but no page west of Greenwich can show it."""
    answer = Sender(cafe).send("order.paid", an_order(**{field: "0001-01-01T00:00:00Z"}))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"path": f"/data/{field}", "message": "lies before 1900"}]
