"""The token by which a store's server says who its shopper is: `dangol1.<claims>.<signature>`.

Claims are JSON in base64url; the signature is the HMAC-SHA256 of `dangol1.<claims>` in hex, with the widget's secret as
UTF-8 text. A JSON Web Token would be the same in another dress, but its signature is base64 of raw bytes, which
Shopify's Liquid cannot make: its `hmac_sha256` gives hex. docs/widget.md tells merchants how to make one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PREFIX = "dangol1"
LONGEST = 4096  # characters of a token
LIFE = 300  # seconds that a token may have to live when it is used
LEEWAY = 60  # seconds that the store's clock may be ahead of ours
_SHAPE = re.compile(rf"{PREFIX}\.([A-Za-z0-9_-]+={{0,2}})\.([0-9a-fA-F]{{64}})")
_ID = re.compile(r"[\x20-\x7e]{1,100}")


class BadToken(Exception):
    """The token opens nothing; `code` says why (storefront/advice.py has the words).

    `person` is whom it named all the same, when its signature was right and it only came too late or twice.
    """

    def __init__(self, code: str, person: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.person = person


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once its signature and its times are right."""

    person: str  # the account at the store; empty for somebody known by address alone
    email: str
    email_verified: bool  # the store has seen proof that the person controls the address
    name: str
    digest: str  # of store and token id: what is kept so that it is used once


def sign(claims: dict[str, Any], secret: str) -> str:
    """A token with these claims, as a store's server makes it."""
    payload = base64.urlsafe_b64encode(json.dumps(claims, ensure_ascii=False).encode()).decode().rstrip("=")
    signed = f"{PREFIX}.{payload}"
    return f"{signed}.{_signature(signed, secret)}"


def read(token: str, *, secrets: Iterable[str], store: str, hosts: Collection[str], at: datetime) -> Claims:
    """The claims of a token for this store (its public id) at one of the shop's hosts. Raises BadToken."""
    found = _SHAPE.fullmatch(token) if len(token) <= LONGEST else None
    if found is None:
        raise BadToken("token_malformed")
    signed, given = token.rpartition(".")[0], found[2].lower()
    # All are compared, so that the time tells nothing of which secret it was.
    matches = [hmac.compare_digest(_signature(signed, secret), given) for secret in secrets]
    if not any(matches):
        raise BadToken("token_signature_wrong")
    claims = _claims(found[1])
    _check_addressee(claims, store, hosts)
    _check_times(claims, at.timestamp())
    return _person(claims, store)


def _signature(signed: str, secret: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def _claims(payload: str) -> dict[str, Any]:
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload.rstrip("=") + "=" * (-len(payload.rstrip("=")) % 4)))
    except (ValueError, RecursionError) as error:
        raise BadToken("token_malformed") from error
    if not isinstance(claims, dict):
        raise BadToken("token_malformed")
    return claims


def _check_addressee(claims: dict[str, Any], store: str, hosts: Collection[str]) -> None:
    if claims.get("iss") != store:
        raise BadToken("token_other_store")
    if _text(claims.get("aud"), 254) not in hosts:
        raise BadToken("token_other_shop")


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not abs(expires) < 1e11:
        raise BadToken("token_malformed")
    if expires <= now:
        raise BadToken("token_expired", _text(claims.get("sub")))
    if expires > now + LIFE + LEEWAY:
        raise BadToken("token_lives_too_long")


def _person(claims: dict[str, Any], store: str) -> Claims:
    person, number = _text(claims.get("sub")), _text(claims.get("jti"))
    email, name = _text(claims.get("email"), 254), _text(claims.get("name"), 100)
    verified = claims.get("email_verified") is True
    if not _ID.fullmatch(number) or (person and not _ID.fullmatch(person)):
        raise BadToken("token_malformed")
    if not person and not (email and verified):
        raise BadToken("token_names_nobody")
    digest = hashlib.sha256(f"{store}\n{number}".encode()).hexdigest()
    return Claims(person, email, verified, name, digest)


def _text(value: Any, longest: int = 101) -> str:
    """Text or a whole number as text; empty for anything else. Never with characters that no column can hold."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        text = " ".join(str(value)[:longest].split())
        text.encode()
    except (ValueError, UnicodeEncodeError):  # a number of thousands of digits; half a character
        return ""
    return "" if "\x00" in text else text
