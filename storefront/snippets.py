"""Ready to paste: programs that send one signed order, placed now. Each is run for real by a test."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection
from django.utils.translation import gettext as _

from storefront.models import Store
from storefront.stores import hook_url


def sample_order() -> dict[str, Any]:
    """The order both programs send; {id} and {now} are filled in when they run."""
    currency = getattr(connection.tenant, "currency", "KRW")
    coffee, cake = {"KRW": ("4500", "7500"), "JPY": ("450", "750")}.get(currency, ("3.50", "8.50"))
    total = {"KRW": "12000", "JPY": "1200"}.get(currency, "12.00")
    return {
        "type": "order.paid",
        "data": {
            "id": "{id}",
            "status": "paid",
            "currency": currency,
            "placed_at": "{now}",
            "paid_at": "{now}",
            "updated_at": "{now}",
            "total": total,
            "customer": {"id": "try-1", "name": _("Try-out Customer"), "email": "try@example.com"},
            "lines": [
                {"id": "1", "name": _("Coffee"), "quantity": 1, "total": coffee},
                {"id": "2", "name": _("Cake"), "quantity": 1, "total": cake},
            ],
        },
    }


def curl_snippet(store: Store, secret: str) -> str:
    """For a shell with curl and openssl (bash or zsh on Linux and macOS)."""
    body = (
        json.dumps(sample_order(), indent=2, ensure_ascii=False)
        .replace("{id}", "'\"$ID\"'")
        .replace("{now}", "'\"$NOW\"'")
    )
    return CURL.format(url=shlex.quote(hook_url(store)), secret=shlex.quote(secret), body=body)


def python_snippet(store: Store, secret: str) -> str:
    """For Python 3.8 or later, without any package."""
    body = (
        json.dumps(sample_order(), indent=4, ensure_ascii=False).replace('"{id}"', "order_id").replace('"{now}"', "now")
    )
    url, host = _reachable(hook_url(store))
    return PYTHON.format(url=json.dumps(url), secret=json.dumps(secret), body=body, host=host)


def _reachable(url: str) -> tuple[str, str]:
    """An address that Python can open, and a header line: few systems know that cafe.localhost is this machine."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, ""
    here = parts._replace(netloc=parts.netloc.replace(str(parts.hostname), "127.0.0.1"))
    return urlunsplit(here), f'    "Host": {json.dumps(parts.netloc)},\n'


CURL = r"""URL={url}
SECRET={secret}

ID="try-$(date +%s)"
NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ)
TIMESTAMP=$(date +%s)
BODY='{body}'

KEY=$(printf %s "${{SECRET#whsec_}}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
SIGNATURE=$(printf %s "$ID.$TIMESTAMP.$BODY" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)

curl -sS "$URL" \
  -H "Content-Type: application/json" \
  -H "webhook-id: $ID" \
  -H "webhook-timestamp: $TIMESTAMP" \
  -H "webhook-signature: v1,$SIGNATURE" \
  --data-binary "$BODY"
"""

PYTHON = """import base64, hashlib, hmac, json, time, urllib.error, urllib.request
from datetime import datetime, timezone

URL = {url}
SECRET = {secret}

order_id = "try-%d" % time.time()
now = datetime.now(timezone.utc).isoformat(timespec="seconds")
event = {body}

body = json.dumps(event).encode()
timestamp = str(int(time.time()))
key = base64.b64decode(SECRET[len("whsec_"):])
signed = b".".join([order_id.encode(), timestamp.encode(), body])
signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()

request = urllib.request.Request(URL, body, {{
{host}    "Content-Type": "application/json",
    "webhook-id": order_id,
    "webhook-timestamp": timestamp,
    "webhook-signature": "v1," + signature,
}})
try:
    with urllib.request.urlopen(request) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
