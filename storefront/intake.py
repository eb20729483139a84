"""Taking in one delivery: verify, keep, answer. No business is done here; that is the inbox's work.

A delivery whose signature is wrong leaves nothing but a line in the log. One that is signed is kept, also when it is
refused, so that the merchant can see what the sender does wrong.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from config import failpoints
from storefront.connectors import CONNECTORS
from storefront.connectors.fields import text
from storefront.connectors.interface import Connector, Headers, Ignored, NotUnderstood
from storefront.documents import NotJSON, Problem, glance, parse
from storefront.keeping import Arrived, keep
from storefront.known import known
from storefront.models import Delivery
from storefront.signatures import Verdict
from storefront.stores import hook_url, origin_of
from tenants.alarms import ring

MAX_BODY = 1024 * 1024  # bytes
MAX_HEADER = 300  # characters kept of each


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told. `code` is for programs; `detail` and `problems` are for their developers."""

    status: int
    code: str
    detail: str = ""
    problems: list[Problem] = field(default_factory=list)
    delivery: int | None = None


UNKNOWN = Answer(404, "store_unknown", "No storefront has this address.")
PONG = Answer(200, "ping")
GONE = Answer(410, "store_disconnected", "The shop has disconnected this storefront.")
DOCUMENT_INVALID = gettext_noop("The document has mistakes; each is named by its path.")
TOO_LARGE = Answer(413, "body_too_large", f"A body may have at most {MAX_BODY} bytes.")
UNSIGNED = {
    Verdict.MISSING: "The signature headers are missing.",
    Verdict.MALFORMED: "The signature headers are not well-formed.",
    Verdict.WRONG: "The signature does not match the body and the secret.",
    Verdict.EXPIRED: "The signature is valid, but its timestamp is more than five minutes from our clock.",
}


def receive(public_id: str, headers: Headers, body: bytes, *, at: datetime) -> Answer:
    """Take in one delivery for the store with this id and say what to answer. `headers` are by lower-case name."""
    found = known(public_id, at)
    if found is None:
        return UNKNOWN
    store = found.store
    if store.disconnected_at is not None:
        return GONE
    connector = CONNECTORS[store.kind]
    if connector.PING and connector.PING.fullmatch(body):
        return PONG
    verdict = connector.verify(headers, body, secrets=found.valid_secrets(at), at=at, url=hook_url(store))
    if verdict is not Verdict.VALID:
        return Answer(401, verdict.value, UNSIGNED[verdict])
    digest = hashlib.sha256(body)
    kept = {name: text(value, MAX_HEADER) for name, value in headers.items() if name in connector.KEPT_HEADERS}
    delivery = Arrived(store, connector.key(headers, digest.hexdigest()), kept, body, digest.digest(), at)
    refusal = _refusal(delivery, connector, headers)
    return _refuse(delivery, refusal) if refusal else _accept(delivery)


def _refusal(delivery: Arrived, connector: Connector, headers: Headers) -> Answer | None:
    """Why the body cannot be taken, if it cannot; notes on the delivery what it is about."""
    try:
        # Elsewhere the inbox is the judge: here only the log wants to know what it is about.
        document = (parse if connector.CHECKED_AT_THE_DOOR else glance)(delivery.body)
    except NotJSON as error:
        # A system that gives its subscription up after refusals gets none; the inbox marks what cannot be read.
        return Answer(400, "body_not_json", str(error)) if connector.CHECKED_AT_THE_DOOR else None
    delivery.topic = connector.topic(headers, document)
    delivery.subject = connector.subject(delivery.topic, document)
    if not connector.CHECKED_AT_THE_DOOR:
        return None
    try:
        connector.read(delivery.topic, document, origin_of(delivery.store, delivery.received_at))
    except NotUnderstood as error:
        return Answer(422, "document_invalid", DOCUMENT_INVALID, error.problems)
    except Ignored:
        pass  # kept, and marked by the inbox
    return None


def _accept(delivery: Arrived) -> Answer:
    """Keep it, wake the inbox, and let both be seen at once."""
    delivery.next_try_at = delivery.received_at
    kept = keep(delivery)
    if kept.is_new:
        failpoints.reach("hook.kept")
        return Answer(202, "accepted", delivery=kept.id)
    earlier = Delivery.objects.get(pk=kept.id)
    if bytes(earlier.body_sha256) != delivery.digest:
        return Answer(409, "id_reused", "This id was used before for another body.", delivery=earlier.pk)
    if CONNECTORS[delivery.store.kind].REPEATS_ARE_NEWS:
        _work_again(earlier, at=delivery.received_at)
    return Answer(200, "duplicate", delivery=earlier.pk)


@transaction.atomic
def _work_again(delivery: Delivery, *, at: datetime) -> None:
    """Have a body worked on again that came a second time and may be news."""
    settled = Delivery.objects.filter(pk=delivery.pk).exclude(state__in=[Delivery.State.REFUSED, Delivery.State.NEW])
    if settled.update(state=Delivery.State.NEW, next_try_at=at, attempts=0):
        ring("inbox")


def _refuse(delivery: Arrived, refusal: Answer) -> Answer:
    """Keep it in the log under a key of its own: the sender may mend the body and use the same id again."""
    delivery.key = f"{delivery.key[:150]}#{delivery.digest.hex()[:32]}"
    delivery.state = Delivery.State.REFUSED
    delivery.reason = refusal.detail
    delivery.errors = [problem._asdict() for problem in refusal.problems]
    return replace(refusal, delivery=keep(delivery).id)
