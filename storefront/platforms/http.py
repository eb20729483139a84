"""One question to a platform over HTTP: JSON back, or a PlatformError in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from math import isnan
from typing import Any, TypeVar
from urllib.parse import urlencode

from config import egress
from storefront.connectors.interface import Ignored, NotUnderstood
from storefront.platforms.interface import Page, PlatformError, Unreadable

MAX_BYTES = 16 * 1024 * 1024  # a page of a hundred long orders
SECONDS = 10.0
LONGEST_REST = 3600.0  # seconds; whoever asks for more is asked again after this
CODES = {401: "wrong_credentials", 402: "not_found", 403: "missing_permission", 404: "not_found", 429: "rate_limited"}
# What PostgreSQL cannot keep; such texts come from shops that import from anywhere.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer."""

    document: Any
    headers: dict[str, str]


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, Any] | None = None,
    body: Any = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Ask once. Numbers with a fraction come as Decimal. Raises PlatformError for anything but a 2xx answer in JSON."""
    sent, kind = _encoded(body, form)
    asked = {"Accept": "application/json", "User-Agent": "Dangol", **kind, **headers}
    query = f"?{urlencode(params)}" if params else ""
    try:
        reply = egress.send(method, url + query, headers=asked, body=sent, total_seconds=SECONDS, max_bytes=MAX_BYTES)
    except egress.Refused as error:
        raise PlatformError("not_found", f"The address cannot be used ({error}).") from error
    except egress.Unreachable as error:
        raise PlatformError("unreachable", str(error)) from error
    if not 200 <= reply.status < 300:
        raise refusal(reply)
    if reply.truncated:
        raise PlatformError("unexpected", "The answer is too long.")
    return Answer(_parsed(reply.body), reply.headers)


def unless_unknown(asked: Callable[[], Answer], unknown: Callable[[str], bool]) -> Answer | None:
    """The answer, or None when the platform itself says that it has no such thing.

    `unknown` judges the words of a 404: a site that is broken, closed or moved answers so as well, and then nothing is
    known about the thing.
    """
    try:
        return asked()
    except PlatformError as error:
        if error.code == "not_found" and error.detail.startswith("404") and unknown(error.detail):
            return None
        raise


def refusal(reply: egress.Reply) -> PlatformError:
    """What an answer other than 2xx means."""
    if 300 <= reply.status < 400:  # a shop that has moved: its new address must be entered
        return PlatformError("not_found", f"{reply.status} {reply.headers.get('location', '')}".strip())
    code = "busy" if reply.status >= 500 or reply.status in (408, 423) else CODES.get(reply.status, "unexpected")
    return PlatformError(code, f"{reply.status} {_words(reply.body)}".strip(), retry_after=_rest(reply.headers))


def page_of(
    documents: Iterable[dict[str, Any]],
    read: Callable[[dict[str, Any]], T],
    *,
    id_field: str = "id",
    cursor: str = "",
    total: int | None = None,
) -> Page[T]:
    """The documents read one by one: one that is not understood spoils no other, and what is of no use is left out."""
    items: list[T] = []
    unreadable: list[Unreadable] = []
    for document in documents:
        try:
            items.append(understood(read, document))
        except Ignored:
            continue
        except PlatformError as error:
            if error.code != "unexpected":
                raise
            unreadable.append(Unreadable(str(document.get(id_field, ""))[:100], error.detail))
    return Page(items, cursor, total, tuple(unreadable))


def understood(read: Callable[[Any], T], document: Any) -> T:
    """What `read` makes of the document. Raises PlatformError("unexpected") when it cannot, Ignored as `read` does."""
    try:
        return read(document)
    except NotUnderstood as error:
        raise PlatformError("unexpected", str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation) as error:
        raise PlatformError("unexpected", f"{type(error).__name__} {error}") from error


def listed_alone(document: Any) -> list[dict[str, Any]]:
    """The document itself as a list of objects. Raises PlatformError("unexpected") when it is none."""
    return listed({"": document}, "")


def listed(document: Any, key: str) -> list[dict[str, Any]]:
    """The list of objects under that key. Raises PlatformError("unexpected") when there is none."""
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise PlatformError("unexpected", f"The answer has no list “{key}”.")
    return found


def _encoded(body: Any, form: Mapping[str, str] | None) -> tuple[bytes, dict[str, str]]:
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if body is not None:
        return json.dumps(body).encode(), {"Content-Type": "application/json"}
    return b"", {}


def _parsed(body: bytes) -> Any:
    """JSON without what cannot be kept. WordPress may write a byte order mark, or warnings, before it: the first is
    forgiven.
    """
    if not body.strip():
        return None
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise PlatformError("unexpected", f"The answer is no JSON: {error}"[:200]) from error
    return _cleaned(document) if b"\\u" in body or b"\0" in body else document


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _words(body: bytes) -> str:
    """What the platform itself says is wrong, as far as it says so where platforms usually do: empty for a web page."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    told = [
        str(document[key]) for key in ("code", "error_description", "message", "errors", "error") if document.get(key)
    ]
    return ": ".join(told)[:200]


def _rest(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After, which may be a number or a date."""
    stated = headers.get("retry-after", "")
    try:
        seconds = float(stated)
    except ValueError:
        moment, told_at = _moment(stated), _moment(headers.get("date", ""))
        if moment is None or told_at is None:
            return None
        seconds = (moment - told_at).total_seconds()
    return None if isnan(seconds) else min(max(seconds, 0.0), LONGEST_REST)


def _moment(stated: str) -> datetime | None:
    """The moment that a header states; None for what is no date, or none that a calendar has."""
    try:
        return parsedate_to_datetime(stated).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
