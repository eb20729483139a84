"""The limit: what any hook in Django must do. Verify the signature, insert one row, answer."""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable
from hashlib import sha256

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

SECRET = os.environ["BENCHMARK_SECRET"].encode()
INSERT = "INSERT INTO public.bare (key, body, received_at) VALUES (%s, %s, %s)"


class BareMiddleware:
    """Answers /bare/ itself, before anything else runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return take(request) if request.path == "/bare/" else self.get_response(request)


def take(request: HttpRequest) -> HttpResponse:
    """Verify and insert one row, durable when this returns."""
    body = request.body
    signed = base64.b64encode(hmac.digest(SECRET, body, sha256))
    if not hmac.compare_digest(signed, request.headers["X-Shopify-Hmac-Sha256"].encode()):
        return HttpResponse(status=401)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [request.headers["X-Shopify-Webhook-Id"], body, timezone.now()])
    return HttpResponse(status=202, headers={"Content-Length": "0"})
