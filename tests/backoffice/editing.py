"""The programme's editor as a browser uses it: read a page's form, change some values, send it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django_tenants.utils import tenant_context

from loyalty import drafts
from loyalty.rules import Rules
from tenants.models import Merchant

EDIT = "/backoffice/programme/edit/"


class Fields(HTMLParser):
    """The values that a browser would send with the form of this id."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside = form, False
        self.values: dict[str, list[str]] = {}
        self.choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = known.get("id") == self.form
        if not self.inside and known.get("form") != self.form:
            return
        if tag == "select":
            self.choosing = known["name"]
        elif tag == "option" and "selected" in known:
            self.values[self.choosing] = [known["value"]]
        elif tag == "input" and "name" in known and self._is_sent(known):
            self.values.setdefault(known["name"], []).append(known.get("value", self._default(known)))

    @staticmethod
    def _default(known: dict[str, str]) -> str:
        return "on" if known.get("type") in ("checkbox", "radio") else ""

    @staticmethod
    def _is_sent(known: dict[str, str]) -> bool:
        return known.get("type") not in ("checkbox", "radio") or "checked" in known

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def form_of(client: Client, path: str) -> dict[str, Any]:
    """What a browser would send from the editor's form at this address, unchanged."""
    client.cookies["language"] = "en"
    fields = Fields("editor-form")
    fields.feed(client.get(EDIT + path).content.decode())
    return fields.values


def save(client: Client, path: str, **changes: Any) -> Any:
    """Open the page, change these values, save."""
    return client.post(EDIT + path, {**form_of(client, path), **changes})


def saved(client: Client, path: str, **changes: Any) -> None:
    """As `save`, which must succeed."""
    response = save(client, path, **changes)
    assert response.status_code == 302, re.findall(r"field-error.*?<span>(.*?)<", response.content.decode())


def preview(client: Client, path: str, **changes: Any) -> str:
    """What the page answers while one types."""
    return client.post("/backoffice/programme/preview/", {**form_of(client, path), **changes}).content.decode()


def drafted(merchant: Merchant) -> Rules:
    """The draft's rules."""
    with tenant_context(merchant):
        draft = drafts.draft()
        assert draft is not None
        return drafts.read(draft.rules)
