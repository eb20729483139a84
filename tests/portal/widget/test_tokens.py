"""The store's token: what it proves, and that nothing else proves it."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.widget import tokens
from portal.widget.tokens import BadToken

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
SECRET, STORE, HOST = "dgw_secret", "st_store", "cafe.example"
GOOD = {"iss": STORE, "aud": HOST, "sub": "c-1", "exp": AT.timestamp() + 240, "jti": "1"}


def read(token: str, **changed: Any) -> tokens.Claims:
    known = {"secrets": [SECRET], "store": STORE, "hosts": {HOST}, "at": AT}
    return tokens.read(token, **{**known, **changed})


def why(token: str, **changed: Any) -> str:
    with pytest.raises(BadToken) as refused:
        read(token, **changed)
    return refused.value.code


def signed(**changed: Any) -> str:
    return tokens.sign({**GOOD, **changed}, SECRET)


def test_a_good_token_names_the_account() -> None:
    assert read(signed()).person == "c-1"


def test_an_account_may_be_a_number_as_liquid_writes_it() -> None:
    assert read(signed(sub=7012345678901)).person == "7012345678901"


def test_either_of_two_secrets_will_do() -> None:
    assert read(signed(), secrets=["dgw_newer", SECRET]).person == "c-1"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"exp": AT.timestamp()}, "token_expired"),
        ({"exp": AT.timestamp() + 361}, "token_lives_too_long"),
        ({"exp": "soon"}, "token_malformed"),
        ({"exp": True}, "token_malformed"),
        ({"exp": 1e300}, "token_malformed"),
        ({"aud": "bikes.example"}, "token_other_shop"),
        ({"aud": None}, "token_other_shop"),
        ({"aud": ["cafe.example"]}, "token_other_shop"),
        ({"iss": "st_other"}, "token_other_store"),
        ({"jti": None}, "token_malformed"),
        ({"sub": "한글"}, "token_malformed"),
        ({"sub": None}, "token_names_nobody"),
        ({"sub": None, "email": "minji@example.com"}, "token_names_nobody"),
        ({"sub": None, "email": "minji@example.com", "email_verified": "true"}, "token_names_nobody"),
    ],
)
def test_a_token_that_proves_nothing_says_why(changed: dict[str, Any], code: str) -> None:
    assert why(signed(**changed)) == code


def test_another_secrets_token_is_refused() -> None:
    assert why(signed(), secrets=["dgw_other"]) == "token_signature_wrong"


def test_without_a_secret_nothing_is_taken() -> None:
    assert why(signed(), secrets=[]) == "token_signature_wrong"


def test_claims_changed_after_signing_are_refused() -> None:
    other = base64.urlsafe_b64encode(json.dumps({**GOOD, "sub": "c-2"}).encode()).decode().rstrip("=")
    assert why(f"dangol1.{other}.{signed().rpartition('.')[2]}") == "token_signature_wrong"


def test_a_token_that_came_late_still_says_whose_it_was() -> None:
    with pytest.raises(BadToken) as refused:
        read(signed(exp=AT.timestamp() - 1))
    assert refused.value.person == "c-1"


def test_padding_is_taken_as_liquid_leaves_it() -> None:
    payload = base64.urlsafe_b64encode(json.dumps({**GOOD, "name": "ab"}).encode()).decode()
    assert payload.endswith("=")
    text = f"dangol1.{payload}"
    assert read(f"{text}.{tokens._signature(text, SECRET)}").name == "ab"


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda b: "dangol1." + b.hex() + "." + "0" * 64))
def test_any_text_is_refused_and_raises_nothing_else(token: str) -> None:
    with pytest.raises(BadToken):
        read(token)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_claims_are_refused_or_read(value: Any) -> None:
    for name in GOOD:
        payload = base64.urlsafe_b64encode(json.dumps({**GOOD, name: value}).encode()).decode()
        text = f"dangol1.{payload}"
        with suppress(BadToken):
            read(f"{text}.{tokens._signature(text, SECRET)}")
