"""Reading what senders send: strict JSON, and JSON Schema whose every complaint names its place."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import jsonschema_rs
import msgspec
import orjson

MAX_DEPTH = 32
MAX_INTEGER = 2**63 - 1
MAX_DIGITS = 30
MAX_PROBLEMS = 50
TOO_LARGE = "The body contains a number that is far too large or too precise."
SCHEMAS = Path(__file__).parent / "schemas"
# PostgreSQL keeps no U+0000, and half a surrogate pair is no character. Either can only come as an escape.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSTORABLE_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Each digit becomes 0, so that a long number is found by searching for zeros.
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_LONG = b"0" * len(str(MAX_INTEGER))


class Problem(NamedTuple):
    """One mistake in a document: where, as a JSON pointer ("/data/lines/0/quantity"), and what."""

    path: str
    message: str


class NotJSON(ValueError):
    """The body is no JSON that we accept; the message says why, in one sentence for the sender's developer."""


def glance(body: bytes) -> Any:
    """The document as far as a label needs it, several times as fast as `parse`. Raises NotJSON.

    Numbers with a fraction are floats, and what would be too deep or too large may pass: to be judged by `parse` later.
    """
    if b"\\u0000" in body:
        return parse(body)  # a label must be storable
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return parse(body)


def parse(body: bytes, *, unique: bool = False) -> Any:
    """The document in a body. Numbers with a fraction or exponent become Decimal, never float. Raises NotJSON.

    With `unique`, an object that names a member twice is refused; otherwise the last one counts.
    """
    document = _quickly(body) if not unique else None
    if document is None:
        document = _strictly(body, unique=unique)
    if _may_be_too_deep(body) or _UNSTORABLE_ESCAPE.search(body):
        _check(document)
    return document


def _quickly(body: bytes) -> Any:
    """The same document in half the time, or None when anything about the body wants a closer look."""
    if _TOO_LONG in body.translate(_DIGITS) or (b"\\u" in body and _UNSTORABLE_ESCAPE.search(body)):
        return None
    try:
        return _QUICK.decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return None


def _strictly(body: bytes, *, unique: bool) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJSON(f"The body is not UTF-8 (at byte {error.start}).") from error
    try:
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_exact,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats if unique else None,
        )
    except NotJSON:
        raise
    except RecursionError as error:
        raise NotJSON(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise NotJSON(f"The body is not JSON: {error}.") from error
    except (ValueError, InvalidOperation) as error:
        raise NotJSON("The body contains a number that is not JSON or far too large.") from error


def problems(document: Any, schema: str, *, at: str = "") -> list[Problem]:
    """What is wrong with the document by `schemas/<schema>.json`, in the order of the paths, which begin with `at`."""
    return _checker(schema).problems(document, at=at)


class Checker:
    """Finds what is wrong with documents by one JSON Schema (2020-12), each complaint in words and with its place.

    A pattern in the schema stands beside a `title` that says in words what it asks.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(schema, offline=True)

    def problems(self, document: Any, *, at: str = "") -> list[Problem]:
        """The problems in the order of their paths, which begin with `at`; at most MAX_PROBLEMS."""
        errors = self._validator.iter_errors(document)
        return sorted({problem for error in errors for problem in _told(error, at, self.schema)})[:MAX_PROBLEMS]


def pointer(parts: list[str | int]) -> str:
    """A JSON pointer (RFC 6901) of these steps."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


@cache
def schema_of(name: str) -> dict[str, Any]:
    """The published schema of a document."""
    return json.loads((SCHEMAS / f"{name}.json").read_text())


@cache
def _checker(name: str) -> Checker:
    return Checker(schema_of(name))


_LIMITS = {
    "minLength": "must not be shorter than {} characters",
    "maxLength": "must not be longer than {} characters",
    "minimum": "must not be less than {}",
    "maximum": "must not be more than {}",
    "minItems": "must not have fewer than {} items",
    "maxItems": "must not have more than {} items",
}


def _told(error: jsonschema_rs.ValidationError, at: str, schema: dict[str, Any]) -> list[Problem]:
    """The error in words that do not repeat the value, which may be long or personal."""
    kind: Any = error.kind
    path, name = at + pointer(error.instance_path), kind.name
    if name == "additionalProperties":
        return [Problem(path + pointer([unknown]), "is not known here") for unknown in kind.unexpected]
    if name == "required":
        return [Problem(path + pointer([kind.property]), "is required")]
    said = {
        "type": lambda: f"must be of type {' or '.join(kind.types)}",
        "enum": lambda: f"must be one of: {', '.join(map(str, kind.options))}",
        "pattern": lambda: f"must be {_meant(error, schema)}",
        **{limit: (lambda: _LIMITS[name].format(kind.limit)) for limit in _LIMITS},
    }
    return [Problem(path, said[name]() if name in said else "is not valid")]


def _meant(error: jsonschema_rs.ValidationError, schema: dict[str, Any]) -> str:
    """The title of the subschema whose pattern did not match: it says in words what the pattern asks."""
    found: Any = schema
    for step in error.schema_path[:-1]:
        found = found[step]
    return str(found["title"])


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJSON("The body names a member of an object twice.")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSON(f"The body contains {name}, which is not JSON.")


def _may_be_too_deep(body: bytes) -> bool:
    """False when the brackets alone show that it is not: a look at each value would take as long as the parsing."""
    left = body.translate(None, _NO_BRACKETS)
    for _level in range(MAX_DEPTH):
        if not left:
            return False
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    return bool(left)


def _check(document: Any) -> None:
    """Refuse what is too deep or cannot be stored. Walks without recursion."""
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise NotJSON(f"The body is nested deeper than {MAX_DEPTH} levels.")
            waiting += [(child, depth + 1) for child in (value.values() if isinstance(value, dict) else value)]
            if isinstance(value, dict):
                waiting += [(name, depth) for name in value]
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            raise NotJSON("The body contains U+0000 or half a surrogate pair, which is no text.")


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) > MAX_INTEGER:
        raise NotJSON(TOO_LARGE)
    return number


def _exact(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        raise NotJSON(TOO_LARGE)
    return number


_QUICK = msgspec.json.Decoder(float_hook=_exact)
