"""Our signatures against those that others make: published vectors, and their own libraries both ways."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from storefront.connectors import square
from storefront.signatures import Verdict, hmacs, standard_webhooks, stripe

RUN = Path(__file__).parent.parent / "vendored" / "standardwebhooks" / "run.cjs"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODIES = ['{"test": 2432232314}', "", "값 · ñ · \U0001f600", "{}\n", "x" * 5_000]


def node(tasks: list[dict[str, Any]]) -> list[Any]:
    """What npm's library answers."""
    if not shutil.which("node"):
        pytest.skip("there is no node here")
    found = subprocess.run(["node", RUN], input=json.dumps(tasks), capture_output=True, text=True, check=True)
    return list(json.loads(found.stdout))


def seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def headers_of(secret: str, now: int, body: str) -> dict[str, str]:
    signature = standard_webhooks.sign(secret, "msg_1", now, body.encode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}


def accepted(signature: str, now: int, body: str, secret: str = SECRET) -> bool:
    at = datetime.fromtimestamp(now, UTC)
    verdict = standard_webhooks.verify("msg_1", str(now), signature, body.encode(), secrets=[secret], at=at)
    return verdict is Verdict.VALID


@pytest.mark.parametrize("body", BODIES)
def test_pypis_library_and_ours_accept_each_other(body: str) -> None:
    now, theirs = seconds(), standardwebhooks.Webhook(SECRET)
    assert accepted(theirs.sign("msg_1", datetime.fromtimestamp(now, UTC), body), now, body)
    if body.startswith("{"):  # it insists on JSON
        assert theirs.verify(body, headers_of(SECRET, now, body)) is not None


def test_npms_library_and_ours_accept_each_other() -> None:
    now = seconds()
    signed = node([{"sign": True, "secret": SECRET, "id": "msg_1", "seconds": now, "body": body} for body in BODIES])
    assert all(accepted(signature, now, body) for signature, body in zip(signed, BODIES, strict=True))
    json_bodies = [body for body in BODIES if body.startswith("{")]
    verify = [{"secret": SECRET, "body": body, "headers": headers_of(SECRET, now, body)} for body in json_bodies]
    assert all(node(verify))


def test_npms_library_refuses_what_ours_refuses() -> None:
    now, body = seconds(), BODIES[0]
    good = headers_of(SECRET, now, body)
    first = good["webhook-signature"][3]
    changed = {**good, "webhook-signature": f"v1,{'B' if first == 'A' else 'A'}{good['webhook-signature'][4:]}"}
    old = headers_of(SECRET, now - 301, body)
    other = headers_of(standard_webhooks.new_secret(), now, body)
    assert node([{"secret": SECRET, "body": body, "headers": wrong} for wrong in (changed, old, other)]) == [False] * 3


def test_githubs_published_vector() -> None:
    digest = hmacs.hmac_sha256(b"It's a Secret to Everybody", b"Hello, World!").hex()
    assert digest == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


# From the tests of Square's own libraries (square-python-sdk and others, tests of the webhooks helper).
SQUARE = [
    (
        "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
        "Ibxx_5AKakO-3qeNVR61Dw",
        '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification",'
        '"event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z",'
        '"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
        "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=",
    ),
    (
        "https://webhook.site/webhooks",
        "signature-key",
        '{"data":{"type":"webhooks","id":"fake_id"}}',
        "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=",
    ),
    (
        "https://webhook.site/webhooks",
        "signature-key",
        '{"data":{"type":"webhooks","id":">id<"}}',
        "Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U=",
    ),
]


@pytest.mark.parametrize(("url", "key", "body", "signature"), SQUARE, ids=["notification", "plain", "escaped"])
def test_squares_vectors(url: str, key: str, body: str, signature: str) -> None:
    headers = {"x-square-hmacsha256-signature": signature}
    told: dict[str, Any] = {"secrets": [key], "at": datetime.now(UTC)}
    assert square.verify(headers, body.encode(), url=url, **told) is Verdict.VALID
    assert square.verify(headers, body.encode(), url=url + "/", **told) is Verdict.WRONG
    assert square.verify(headers, body.encode() + b" ", url=url, **told) is Verdict.WRONG


def test_what_stripes_library_makes() -> None:
    """Made with PyPI stripe 16.1.0, `WebhookSignature._compute_signature`."""
    body = b'{"id": "evt_test_webhook", "object": "event"}'
    header = "t=1614265330,v1=64776382e3b272a50ff9d6821bb74452794757d5dd79f1b091f36be25190d080"
    assert stripe.sign("whsec_test_secret", 1614265330, body) == header
    at = datetime.fromtimestamp(1614265330, UTC)
    assert stripe.verify(header, body, secrets=["whsec_test_secret"], at=at) is Verdict.VALID
