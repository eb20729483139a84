"""What an operation of the API declares about itself: its checks and its documentation are made of this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from api import shapes
from api.calling import Answer
from config.problems import Refused
from storefront.documents import Checker

Schema = dict[str, Any]
Run = Callable[..., Answer]
LONGEST_NUMBER = 18  # digits


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answers` maps a status to the name of the shape of its body."""

    run: Run
    scope: str
    summary: str
    tag: str
    answers: Mapping[int, str]
    refuses: tuple[int, ...] = ()
    body: str = ""  # the name of a shape
    query: Mapping[str, Schema] = field(default_factory=dict)
    path: Mapping[str, Schema] = field(default_factory=dict)
    matches: bool = False  # looks at If-Match
    before: Callable[..., None] | None = None  # what may take long, and so is done before the transaction begins

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.scope.endswith(":write")

    @cached_property
    def _body_checker(self) -> Checker:
        return Checker(shapes.self_contained(self.body))

    @cached_property
    def _query_checker(self) -> Checker:
        return Checker({"type": "object", "additionalProperties": False, "properties": dict(self.query)})

    @cached_property
    def _path_checker(self) -> Checker:
        return Checker({"type": "object", "properties": dict(self.path)})

    def check_body(self, body: Any) -> None:
        """Raise 422 with every mistake in the body."""
        if found := self._body_checker.problems(body):
            raise invalid(found)

    def check_path(self, ids: Mapping[str, Any]) -> None:
        """Raise 404 for an address that names nothing that could exist."""
        if self._path_checker.problems(dict(ids)):
            raise Refused(404, "not_found", "There is no such thing at this shop.")

    def read_query(self, query: Any) -> dict[str, Any]:
        """The parameters of the address, typed. Raises 400 with every mistake."""
        given = {name: _typed(values[0], self.query.get(name, {})) for name, values in query.lists()}
        found = [("?" + path[1:], message) for path, message in self._query_checker.problems(given)]
        found += [(f"?{name}", "is there twice") for name, values in query.lists() if len(values) > 1]
        found += [(f"?{name}", "contains U+0000") for name in query if "\0" in query[name] or "\0" in name]
        if found:
            raise Refused(400, "parameters_invalid", "The address has mistakes.", errors=sorted(set(found)))
        return given


def operation(scope: str, summary: str, tag: str, **declared: Any) -> Callable[[Run], Operation]:
    """Make the decorated function an operation. It gets the Call and the ids in the address; its docstring is shown."""
    return lambda run: Operation(run, scope, summary, tag, **declared)


def invalid(found: Any) -> Refused:
    """422 for a well-formed body with these mistakes: pairs of a JSON pointer and a message."""
    return Refused(422, "document_invalid", "The body has mistakes; each is named by its place.", errors=found)


def _typed(text: str, schema: Schema) -> Any:
    """The value that a text in an address means. What it cannot mean stays a text, for the check to refuse."""
    if schema.get("type") == "integer":
        digits = text.removeprefix("-")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER
        return int(text) if is_number else text
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text
