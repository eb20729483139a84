"""Every connector's signature, fuzzed: it never raises, and takes only what is exactly right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.connectors import CONNECTORS
from storefront.signatures import Verdict, hmacs, standard_webhooks, stripe
from tests.storefront.senders import base64_of

THEN = datetime.fromtimestamp(1614265330, UTC)
STAMP = "1614265330"
URL = "https://shop.example/hooks/st_1/"
OURS = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {kind: OURS if kind == "generic" else "a secret & key" for kind in CONNECTORS}
# How each kind signs a body, as headers; the last one is the signature.
SIGN: dict[str, Callable[[bytes], dict[str, str]]] = {
    "generic": lambda b: {
        "webhook-id": "m1", "webhook-timestamp": STAMP,
        "webhook-signature": standard_webhooks.sign(OURS, "m1", int(STAMP), b),
    },
    "shopify": lambda b: {"x-shopify-hmac-sha256": base64_of(SECRETS["shopify"], b)},
    "woocommerce": lambda b: {"x-wc-webhook-signature": base64_of(SECRETS["woocommerce"], b)},
    "cafe24": lambda b: {"x-api-key": SECRETS["cafe24"]},
    "square": lambda b: {"x-square-hmacsha256-signature": base64_of(SECRETS["square"], URL.encode() + b)},
    "stripe": lambda b: {"stripe-signature": stripe.sign(SECRETS["stripe"], int(STAMP), b)},
}  # fmt: skip
bodies = st.binary(max_size=80)
anything = st.one_of(st.none(), st.text(max_size=80), st.text("v1t=,+/A0a ", max_size=80))


def verdict(kind: str, headers: dict[str, str], body: bytes, *secrets: str, at: datetime = THEN) -> Verdict:
    return CONNECTORS[kind].verify(headers, body, secrets=secrets or [SECRETS[kind]], at=at, url=URL)


def test_every_kind_is_tried() -> None:
    assert SIGN.keys() == CONNECTORS.keys()


@pytest.mark.parametrize("kind", SIGN)
@given(body=bodies)
def test_what_is_signed_is_accepted_by_any_of_several_secrets(kind: str, body: bytes) -> None:
    other = standard_webhooks.new_secret()
    assert verdict(kind, SIGN[kind](body), body) is Verdict.VALID
    assert verdict(kind, SIGN[kind](body), body, other, SECRETS[kind]) is Verdict.VALID
    assert verdict(kind, SIGN[kind](body), body, other) is Verdict.WRONG


@pytest.mark.parametrize("kind", SIGN)
@given(header=anything, body=bodies)
def test_no_header_of_chance_is_accepted_or_raises(kind: str, header: str | None, body: bytes) -> None:
    headers = SIGN[kind](body)
    name = list(headers)[-1]
    exact = headers.pop(name)
    if header is not None:
        headers[name] = header
    assert verdict(kind, headers, body) is not Verdict.VALID or header == exact


@pytest.mark.parametrize("kind", SIGN)
@given(body=bodies, place=st.integers(0, 200), by=st.integers(1, 127))
def test_one_changed_character_spoils_it(kind: str, body: bytes, place: int, by: int) -> None:
    headers = SIGN[kind](body)
    name, exact = list(headers.items())[-1]
    place %= len(exact)
    headers[name] = exact[:place] + chr((ord(exact[place]) + by) % 128) + exact[place + 1 :]
    assert verdict(kind, headers, body) is not Verdict.VALID


@pytest.mark.parametrize("kind", [kind for kind in SIGN if kind != "cafe24"])
@given(body=bodies, more=st.binary(min_size=1, max_size=3))
def test_another_body_spoils_it(kind: str, body: bytes, more: bytes) -> None:
    assert verdict(kind, SIGN[kind](body), body + more) is Verdict.WRONG


@pytest.mark.parametrize("kind", SIGN)
def test_without_a_header_or_a_secret_nothing_is_accepted(kind: str) -> None:
    assert verdict(kind, {}, b"{}") is Verdict.MISSING
    found = CONNECTORS[kind].verify(SIGN[kind](b"{}"), b"{}", secrets=[], at=THEN, url=URL)
    assert found is Verdict.WRONG


@pytest.mark.parametrize("kind", ["generic", "stripe"])
@pytest.mark.parametrize(("seconds", "expected"), [(300, Verdict.VALID), (301, Verdict.EXPIRED)])
def test_five_minutes_either_way_are_tolerated(kind: str, seconds: int, expected: Verdict) -> None:
    for way in (-1, 1):
        at = THEN + timedelta(seconds=way * seconds)
        assert verdict(kind, SIGN[kind](b"{}"), b"{}", at=at) is expected


GOOD = stripe.sign("s", int(STAMP), b"{}")
HEX = GOOD.rpartition("=")[2]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"t={STAMP},v1={'0' * 64},v1={HEX}", Verdict.VALID),
        (f"t={STAMP},v0={'0' * 64},v1={HEX},v2=x", Verdict.VALID),
        (f"v1={HEX},t={STAMP}", Verdict.VALID),
        (f"t={STAMP},v0={HEX}", Verdict.MALFORMED),
        (f"t={STAMP},v1={HEX.upper()}", Verdict.MALFORMED),
        (f"t={STAMP},v1={HEX}0", Verdict.MALFORMED),
        (f"t=+{STAMP},v1={HEX}", Verdict.MALFORMED),
        (f"t={STAMP},t={STAMP},v1={HEX}", Verdict.MALFORMED),
        (f"t={int(STAMP) + 1},v1={HEX}", Verdict.WRONG),
        (f"v1={HEX}", Verdict.MALFORMED),
        ("t=١٦١٤,v1=٠", Verdict.MALFORMED),
    ],
)
def test_the_shapes_of_stripes_header(header: str, expected: Verdict) -> None:
    assert stripe.verify(header, b"{}", secrets=["s"], at=THEN) is expected


def test_stripes_key_is_the_whole_text_not_what_it_decodes_to() -> None:
    decoded = hmacs.hmac_sha256(standard_webhooks.key_of(OURS), f"{STAMP}.{{}}".encode()).hex()
    assert stripe.verify(f"t={STAMP},v1={decoded}", b"{}", secrets=[OURS], at=THEN) is Verdict.WRONG


@pytest.mark.parametrize("kind", CONNECTORS)
@given(
    document=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["id", "data", "object", "resource", "order_id", "event_no", "type", "customer", "order_edit"]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=8,
    ),
    topic=st.sampled_from(
        ["", "orders/edited", "customers/merge", "customers/redact", "90025", "payment.updated", "x"]
    ),
)
def test_no_document_breaks_the_names_it_is_kept_under(kind: str, document: object, topic: str) -> None:
    connector = CONNECTORS[kind]
    assert len(connector.topic({}, document)) <= 60
    assert len(connector.subject(topic, document)) <= 100
