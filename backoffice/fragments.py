"""Answers to htmx: a part of the page instead of all of it, a toast, a question that was asked of the list."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse


def asks_for(request: HttpRequest, part: str) -> bool:
    """Whether htmx wants only the element with this id (htmx 4 sends `HX-Target: div#results`)."""
    return request.headers.get("HX-Target", "").endswith(f"#{part}")


def is_htmx(request: HttpRequest) -> bool:
    """Whether the request came from htmx and not from a plain form or link."""
    return request.headers.get("HX-Request") == "true"


def toast(response: HttpResponse, text: str, *, undo: str = "", tone: str = "success") -> HttpResponse:
    """Have the page show a toast; with `undo`, an address that takes a POST, it carries an Undo button."""
    message = {"text": text, "tone": tone, **({"undo": undo} if undo else {})}
    response["HX-Trigger"] = json.dumps({"toast": message})
    return response


def wanted_text(request: HttpRequest, name: str = "q") -> str:
    """A search text from the address, without what no database column can hold."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:200]
