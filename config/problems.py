"""Answers to programs that something is wrong: problem details (RFC 9457). Every error under /api/ is one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

PROGRAMS = "/api/"  # whoever asks below here is a program, and reads no pages
KIND = "application/problem+json"


class Refused(Exception):
    """A request that is not carried out: `code` is for programs, `detail` and `errors` for their developers.

    `errors` are pairs of a place and a message. A place is a JSON pointer into the body ("/lines/0/quantity"), a
    parameter of the address ("?limit") or the name of a header ("If-Match").
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = list(errors), dict(headers or {})


def is_for_program(request: HttpRequest) -> bool:
    """Whether errors are to be told as problem details rather than as pages."""
    return request.path.startswith(PROGRAMS)


def respond(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal as problem details, with the request's id."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "status": refused.status,
        "code": refused.code,
        "title": HTTPStatus(refused.status).phrase,
        "request_id": getattr(request, "id", ""),
    }
    if refused.detail:
        content["detail"] = refused.detail
    if refused.errors:
        content["errors"] = [{"pointer": pointer, "message": message} for pointer, message in refused.errors]
    body = json.dumps(content, ensure_ascii=False).encode()
    return HttpResponse(body, status=refused.status, content_type=KIND, headers=refused.headers)


CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
DETAILS = {
    404: "There is nothing at this address.",
    503: "This shop is not answering at the moment. Please try again later.",
    500: "Something went wrong on our side. Nothing was changed. Quote the request_id when you ask for help.",
}


def plain(status: int) -> Refused:
    """The refusal for what happens outside of any endpoint."""
    return Refused(status, CODES.get(status, "error"), DETAILS.get(status, ""))
