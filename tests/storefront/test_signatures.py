"""Signatures: made and checked as others make and check them, and never an exception."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from storefront.signatures import Verdict, hmacs, standard_webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
STAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
THEN = datetime.fromtimestamp(1614265330, UTC)


def verdict(
    message_id: str | None = ID,
    stamp: str | None = STAMP,
    signatures: str | None = SIGNATURE,
    body: bytes = BODY,
    secrets: tuple[str, ...] = (SECRET,),
    at: datetime = THEN,
) -> Verdict:
    return standard_webhooks.verify(message_id, stamp, signatures, body, secrets=secrets, at=at)


def test_it_makes_the_signature_of_the_published_vector() -> None:
    assert standard_webhooks.sign(SECRET, ID, int(STAMP), BODY) == SIGNATURE


def test_it_accepts_the_published_vector() -> None:
    assert verdict() is Verdict.VALID


def test_the_published_library_accepts_what_we_sign() -> None:
    now = datetime.now(UTC)
    secret = standard_webhooks.new_secret()
    signature = standard_webhooks.sign(secret, "msg_1", int(now.timestamp()), BODY)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    assert standardwebhooks.Webhook(secret).verify(BODY, headers) == {"test": 2432232314}


def test_it_accepts_what_the_published_library_signs() -> None:
    secret = standard_webhooks.new_secret()
    signature = standardwebhooks.Webhook(secret).sign(ID, THEN, BODY.decode())
    assert verdict(signatures=signature, secrets=(secret,)) is Verdict.VALID


def test_githubs_vector_of_the_bare_hash() -> None:
    digest = hmacs.hmac_sha256(b"It's a Secret to Everybody", b"Hello, World!").hex()
    assert digest == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.parametrize(
    "signatures",
    [
        f"v1,{'A' * 43}= {SIGNATURE}",
        f"v1 {SIGNATURE}",
        f"xyz {SIGNATURE}",
        f"v1,a,b {SIGNATURE}",
        f"v1a,{SIGNATURE[3:]} {SIGNATURE}",
    ],
    ids=["wrong", "no-comma", "word", "two-commas", "other-version"],
)
def test_a_good_signature_counts_whatever_stands_before_it(signatures: str) -> None:
    assert verdict(signatures=signatures) is Verdict.VALID


def test_any_of_several_secrets_will_do() -> None:
    assert verdict(secrets=(standard_webhooks.new_secret(), SECRET)) is Verdict.VALID


def test_without_a_secret_nothing_is_valid() -> None:
    assert verdict(secrets=()) is Verdict.WRONG


@pytest.mark.parametrize("part", ["message_id", "stamp", "signatures"])
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_a_missing_header_is_told(part: str, value: str | None) -> None:
    assert verdict(**{part: value}) is Verdict.MISSING  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "stamp",
    [" 1614265330", "+1614265330", "1_614265330", "1614265330.9", "1614265330\n", "-1", "1e9", "١٦١٤", "1" * 13, "now"],
)
def test_a_timestamp_is_digits_and_nothing_else(stamp: str) -> None:
    assert verdict(stamp=stamp) is Verdict.MALFORMED


@pytest.mark.parametrize("message_id", ["a.b", "a b", "ä", "가", "a\n", "x" * 151])
def test_an_id_has_no_full_stop_space_or_foreign_letter(message_id: str) -> None:
    assert verdict(message_id=message_id) is Verdict.MALFORMED


@pytest.mark.parametrize(
    "signatures",
    ["v1", "v1,", "v2,abc", SIGNATURE[3:], SIGNATURE[:-4], SIGNATURE + "=", SIGNATURE.replace(",", "=", 1), "가나다"],
)
def test_a_signature_of_another_shape_is_malformed(signatures: str) -> None:
    assert verdict(signatures=signatures) is Verdict.MALFORMED


def test_a_part_of_the_signature_is_not_enough() -> None:
    assert verdict(signatures="v1," + base64.b64encode(base64.b64decode(SIGNATURE[3:])[:16]).decode()) is (
        Verdict.MALFORMED
    )


def test_only_the_first_ten_signatures_are_looked_at() -> None:
    wrong = f"v1,{'A' * 43}="
    assert verdict(signatures=" ".join([*[wrong] * 9, SIGNATURE])) is Verdict.VALID
    assert verdict(signatures=" ".join([*[wrong] * 10, SIGNATURE])) is Verdict.WRONG


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_tolerated(seconds: int) -> None:
    assert verdict(at=THEN + timedelta(seconds=seconds)) is Verdict.VALID


@pytest.mark.parametrize("seconds", [-301, 301])
def test_beyond_five_minutes_it_is_expired(seconds: int) -> None:
    assert verdict(at=THEN + timedelta(seconds=seconds)) is Verdict.EXPIRED


def test_a_changed_body_is_found() -> None:
    assert verdict(body=BODY + b" ") is Verdict.WRONG


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"x" * 23).decode(), "hällo"])
def test_a_secret_of_another_shape_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="A secret"):
        standard_webhooks.key_of(secret)


header = st.one_of(st.none(), st.text(max_size=60), st.text("v1,= +/A.0123456789_\n", max_size=60))


@given(header, header, header, st.binary(max_size=50))
def test_it_never_raises_and_never_takes_what_is_not_signed(
    message_id: str | None, stamp: str | None, signatures: str | None, body: bytes
) -> None:
    assert verdict(message_id, stamp, signatures, body) is not Verdict.VALID


@given(st.binary(max_size=200), st.integers(0, len(SIGNATURE) - 1), st.integers(1, 127))
def test_one_changed_character_spoils_it(body: bytes, place: int, by: int) -> None:
    good = standard_webhooks.sign(SECRET, ID, int(STAMP), body)
    assert verdict(signatures=good, body=body) is Verdict.VALID
    changed = good[:place] + chr((ord(good[place]) + by) % 128) + good[place + 1 :]
    assert verdict(signatures=changed, body=body) is not Verdict.VALID


@given(st.one_of(st.none(), st.text(max_size=60)), st.binary(max_size=50))
def test_the_bare_hash_never_raises_either(signature: str | None, body: bytes) -> None:
    assert hmacs.verify_base64(signature, body, ["secret"]) is not Verdict.VALID
