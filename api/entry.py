"""The way in: keys, bodies, and how what goes wrong is told. The pieces that Django REST framework asks for."""

from __future__ import annotations

from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied as Forbidden
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api import limiting
from api.keys import LIVE, TEST, valid_key
from api.models import ApiKey
from config import problems
from config.problems import Refused
from storefront.documents import NotJSON, parse

log = structlog.get_logger(__name__)

MOST_BYTES = 1024 * 1024
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Dangol"'}
NO_KEY = "Send the header Authorization: Bearer dk_live_…, with a key from the backoffice (Developers)."
WRONG_KEY = "This key is not valid at this shop: it is unknown, expired or revoked."
IN_ADDRESS = (
    "A key must not stand in an address, where logs keep it. Revoke it, make a new one, and send it in the header "
    "Authorization."
)


class KeyAuthentication(BaseAuthentication):
    """By `Authorization: Bearer dk_…` alone: no cookie opens anything here."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey]:
        """The key. Raises 401, or 429 to who tries many."""
        address = request.META.get("QUERY_STRING", "")
        if LIVE in address or TEST in address:
            raise Refused(400, "key_in_address", IN_ADDRESS)
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Refused(401, "key_missing", NO_KEY, headers=CHALLENGE)
        key = valid_key(text.strip(), at=timezone.now())
        if key is None:
            limiting.count_wrong_key(request.META.get("REMOTE_ADDR", ""))
            raise Refused(
                401, "key_not_valid", WRONG_KEY,
                headers={"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'},
            )  # fmt: skip
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE["WWW-Authenticate"]


class StrictJSON(BaseParser):
    """JSON as storefront.documents reads it, of at most a mebibyte; no member of an object twice."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The document; its bytes stand in the request's `raw`. Raises 400 or 413."""
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise TOO_LARGE
        parser_context["request"].raw = raw
        try:
            return parse(raw, unique=True)
        except NotJSON as error:
            raise Refused(400, "body_not_json", str(error)) from error


TOO_LARGE = Refused(413, "body_too_large", f"A body may have at most {MOST_BYTES} bytes.")
NOT_ALLOWED = "This address does not take the method; the header Allow names those it takes."
UNREADABLE = "The answer is JSON: let the header Accept allow application/json."
JSON_ONLY = "Send JSON in UTF-8, with the header Content-Type: application/json."


REFUSALS: list[tuple[Any, tuple[Any, ...]]] = [
    (exceptions.MethodNotAllowed, (405, "method_not_allowed", NOT_ALLOWED)),
    (exceptions.NotAcceptable, (406, "not_acceptable", UNREADABLE)),
    (exceptions.UnsupportedMediaType, (415, "not_json", JSON_ONLY)),
    (Http404, (404, "not_found", "There is no such thing at this shop.")),
    ((exceptions.ParseError, SuspiciousOperation), (400, "bad_request", "The request could not be read.")),
    (Forbidden, (403, "forbidden")),
    ((OperationalError, InterfaceError), (503, "unavailable", "Nothing was changed. Please send this again later.")),
]


def told(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The problem details for what an endpoint raised; None for what is a fault of ours."""
    refused = refusal(error)
    if refused is None:
        return None
    if refused.status == 503:
        log.error("api_unavailable", exc_info=error)
        refused.headers["Retry-After"] = "5"
    return problems.respond(context["request"]._request, refused)


def refusal(error: Exception) -> Refused | None:
    """The same as a Refused."""
    if isinstance(error, Refused):
        return error
    return next((Refused(*answer) for kinds, answer in REFUSALS if isinstance(error, kinds)), None)
