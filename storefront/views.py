"""The hook: the one address of a shop that needs no cookie and no form token, only a signature."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config import limits
from storefront import intake, refusals
from storefront.intake import Answer

log = structlog.get_logger(__name__)

# Wrong signatures of one address at one store, before they are answered 429 and no longer logged.
MAX_WRONG, PER_SECONDS = 20, 60
MOST_DIGITS = 18  # of a Content-Length; Python refuses to read numbers of thousands
TOO_MANY = Answer(429, "too_many_wrong_signatures", "Too many wrong signatures. Try again in a minute.")
UNAVAILABLE = Answer(503, "unavailable", "The delivery could not be kept. Please send it again later.")
ONLY_POST = Answer(405, "method_not_allowed", "Deliveries are sent by POST.")


@csrf_exempt
def hook(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take in one delivery. Every answer is JSON: see docs/webhooks.md."""
    if request.method != "POST":
        return respond(request, ONLY_POST, Allow="POST")
    body = read_body(request)
    if body is None:
        return respond(request, intake.TOO_LARGE)
    headers = headers_of(request)
    try:
        answer = intake.receive(public_id, headers, body, at=timezone.now())
    except (OperationalError, InterfaceError):
        log.exception("hook_unavailable", store=public_id)
        answer = UNAVAILABLE
    if answer.status == 401:
        answer = slowed_down(request, public_id, answer)
    elif answer.status in {404, 410}:
        refusals.note(public_id if answer.status == 410 else refusals.NOWHERE, answer.code, at=timezone.now())
    later = {"Retry-After": str(PER_SECONDS)} if answer.status in {429, 503} else {}
    return respond(request, answer, **later)


def headers_of(request: HttpRequest) -> dict[str, str]:
    """By lower-case name; straight from the environment, since `request.headers` takes as long as the signature."""
    sent = {name[5:].replace("_", "-").lower(): value for name, value in request.META.items() if name[:5] == "HTTP_"}
    kind = request.META.get("CONTENT_TYPE")
    return {**sent, "content-type": kind} if kind else sent


def read_body(request: HttpRequest) -> bytes | None:
    """The raw bytes, or None when there are more than we take; of those no more than the limit is read."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    if not stated.isdecimal():
        return b""
    if len(stated) > MOST_DIGITS or int(stated) > intake.MAX_BODY:
        return None
    body = request.read(intake.MAX_BODY + 1)
    return None if len(body) > intake.MAX_BODY else body


def slowed_down(request: HttpRequest, public_id: str, answer: Answer) -> Answer:
    """The answer to a wrong signature, logged; or 429 to who sends many."""
    sender = f"{public_id} {limits.network(request.META.get('REMOTE_ADDR', ''))}"
    if limits.exceeded("hook", sender, limit=MAX_WRONG, seconds=PER_SECONDS):
        return TOO_MANY
    log.warning("hook_refused", store=public_id, why=answer.code)
    refusals.note(public_id, answer.code, at=timezone.now())
    return answer


def respond(request: HttpRequest, answer: Answer, **headers: str) -> HttpResponse:
    """The answer as JSON; from 400 on as a problem document (RFC 9457)."""
    content: dict[str, Any] = {"status": answer.status, "code": answer.code}
    if answer.status < 400:
        content["duplicate"] = answer.code == "duplicate"
        kind = "application/json"
    else:
        content |= {"title": answer.detail, "request_id": getattr(request, "id", "")}
        kind = "application/problem+json"
    if answer.delivery:
        content["delivery"] = answer.delivery
    if answer.problems:
        content["errors"] = [problem._asdict() for problem in answer.problems]
    told = orjson.dumps(content)
    return HttpResponse(told, status=answer.status, content_type=kind, headers={**headers, "Content-Length": len(told)})
