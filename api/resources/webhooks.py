"""Outgoing webhooks: endpoints, their secrets, and the log of what they were sent."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from api import paging, telling
from api.calling import Answer, Call
from api.json_schema import text
from api.operation import invalid, operation
from config.problems import Refused
from webhooks import endpoints
from webhooks.endpoints import WrongEndpoint
from webhooks.models import Endpoint, Message

READ, WRITE, TAG = "webhooks:read", "webhooks:write", "Webhooks"
ENDPOINT_ID = {"endpoint_id": text("The id of the endpoint.", pattern="^we_[a-z0-9]{1,17}$", title="an id (we_…)")}
FILTERS = {"state": {"type": "string", "enum": [str(state) for state in Message.State]}}
WORDS = {
    "taken": "is the address of another endpoint",
    "unknown_type": "names a type that there is not",
    "too_many": f"there are {endpoints.MOST} endpoints already, which is as many as there may be",
    "private_address": "is not reachable from the internet",
    "unresolvable": "has a name that cannot be found",
    "timeout": "has a name that was not told in time",
    "scheme": "must begin with https://",
    "port": "has a port that is not allowed",
    "userinfo": "must not hold a password",
}


def wrong(error: WrongEndpoint) -> Exception:
    """422 that names what is wrong with an endpoint."""
    return invalid(
        [("/" + error.field if error.field else "", WORDS.get(error.code, "is no address that can be used"))]
    )


def _look_up(call: Call, **_ids: Any) -> None:
    """Ask for the name of a new address while no transaction waits for the answer."""
    try:
        if "url" in call.body:
            endpoints.checked_url(call.body["url"])
    except WrongEndpoint as error:
        raise wrong(error) from error


def endpoint_of(endpoint_id: str) -> Endpoint:
    """The endpoint of an address. Raises Http404."""
    found = Endpoint.objects.filter(public_id=endpoint_id).first()
    if found is None:
        raise Http404
    return found


@operation(READ, "List endpoints", TAG, answers={200: "WebhookEndpoints"})
def list_webhook_endpoints(call: Call) -> Answer:
    """All of them, the newest first."""
    return Answer({"data": [telling.endpoint(row) for row in Endpoint.objects.order_by("-pk")]})


@operation(READ, "Get an endpoint", TAG, answers={200: "WebhookEndpoint"}, path=ENDPOINT_ID)
def get_webhook_endpoint(call: Call, endpoint_id: str) -> Answer:
    """Where it is, what it hears of, and how it is doing."""
    return Answer(telling.endpoint(endpoint_of(endpoint_id)))


@operation(
    WRITE, "Add an endpoint", TAG, answers={201: "NewWebhookEndpoint"}, body="WebhookEndpointSent", before=_look_up
)
def add_webhook_endpoint(call: Call) -> Answer:
    """It hears of events from now on. The answer holds its signing secret, which is shown this once."""
    body = call.body
    try:
        endpoint, secret = endpoints.create_endpoint(
            body["url"], types=body.get("types", []), description=body.get("description", ""), actor=call.actor,
            at=call.at,
        )  # fmt: skip
    except WrongEndpoint as error:
        raise wrong(error) from error
    headers = {"Location": f"/api/v1/webhook-endpoints/{endpoint.public_id}"}
    return Answer({**telling.endpoint(endpoint), "secret": secret}, 201, headers)


@operation(
    WRITE, "Change an endpoint", TAG, answers={200: "WebhookEndpoint"}, body="WebhookEndpointChanges",
    path=ENDPOINT_ID, matches=True, before=_look_up,
)  # fmt: skip
def patch_webhook_endpoint(call: Call, endpoint_id: str) -> Answer:
    """Only what the body names is changed."""
    endpoint = endpoint_of(endpoint_id)
    call.must_match(Answer(telling.endpoint(endpoint)))
    told = {name: call.body.get(name, getattr(endpoint, name)) for name in ("url", "types", "description")}
    try:
        changed = endpoints.change_endpoint(endpoint, **told, actor=call.actor, at=call.at)
    except WrongEndpoint as error:
        raise wrong(error) from error
    return Answer(telling.endpoint(changed))


@operation(WRITE, "Delete an endpoint", TAG, answers={204: ""}, path=ENDPOINT_ID)
def delete_webhook_endpoint(call: Call, endpoint_id: str) -> Answer:
    """With its secrets and its log."""
    endpoints.delete_endpoint(endpoint_of(endpoint_id), actor=call.actor, at=call.at)
    return Answer(None, 204)


@operation(WRITE, "Make a new secret", TAG, answers={201: "WebhookSecret"}, path=ENDPOINT_ID)
def rotate_webhook_secret(call: Call, endpoint_id: str) -> Answer:
    """The answer is the only one that holds it. For 24 hours messages carry signatures of both secrets."""
    return Answer({"secret": endpoints.rotate_secret(endpoint_of(endpoint_id), actor=call.actor, at=call.at)}, 201)


@operation(WRITE, "Pause an endpoint", TAG, answers={201: "WebhookEndpoint"}, path=ENDPOINT_ID)
def pause_webhook_endpoint(call: Call, endpoint_id: str) -> Answer:
    """Nothing is sent until it is resumed; what happens meanwhile is kept for it."""
    return Answer(telling.endpoint(endpoints.pause(endpoint_of(endpoint_id), actor=call.actor, at=call.at)), 201)


@operation(
    WRITE, "Resume an endpoint", TAG, answers={201: "WebhookEndpoint"}, body="WebhookResumption", path=ENDPOINT_ID
)
def resume_webhook_endpoint(call: Call, endpoint_id: str) -> Answer:
    """With `resend`, all that failed or was held back meanwhile is sent too."""
    endpoint = endpoint_of(endpoint_id)
    endpoints.resume(endpoint, resend=call.body.get("resend", False), actor=call.actor, at=call.at)
    return Answer(telling.endpoint(endpoint_of(endpoint_id)), 201)


@operation(
    READ, "List messages", TAG, answers={200: "WebhookMessages"}, path=ENDPOINT_ID, query={**FILTERS, **paging.QUERY}
)
def list_webhook_messages(call: Call, endpoint_id: str) -> Answer:
    """What the endpoint was sent, with each of the latest tries; newest first."""
    rows = endpoint_of(endpoint_id).messages.in_state(call.query.get("state", ""))
    return paging.page_of(rows, call, lambda page: [telling.message(row) for row in page])


@operation(WRITE, "Send a message again", TAG, answers={201: "WebhookMessage"}, path=ENDPOINT_ID, refuses=(404,))
def redeliver_webhook_message(call: Call, endpoint_id: str, pk: int) -> Answer:
    """Under the same webhook-id, with a fresh schedule. 409 `too_old` when its body is no longer kept."""
    message = endpoint_of(endpoint_id).messages.filter(pk=pk).first()
    if message is None:
        raise Http404
    if not endpoints.redeliver(message, actor=call.actor, at=call.at):
        raise Refused(409, "too_old", "The body of this message is no longer kept.")
    message.refresh_from_db()
    return Answer(telling.message(message), 201)
