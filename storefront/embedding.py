"""Ready to paste: the widget's line for a store's pages, and functions by which its server makes sign-in tokens."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from django.db import connection

from storefront.models import Store

EXAMPLES = Path(__file__).with_name("examples")
LANGUAGES = {"PHP": "widget.php.txt", "Liquid (Shopify)": "widget.liquid.txt", "Python": "widget.py.txt"}
PLACEHOLDER = "dgw_..."  # stands in the examples when the secret is not to be shown


def script_url(store: Store) -> str:
    """The launcher's address at the shop's own host."""
    merchant: Any = connection.tenant
    return str(merchant.url(f"/widget.js?store={store.public_id}"))


def page_snippet(store: Store) -> str:
    """The line for every page of the shop. The token is for who is signed in there; empty for everybody else."""
    return f'<script async src="{escape(script_url(store))}" data-token=""></script>'


def token_examples(store: Store, secret: str = "") -> list[dict[str, str]]:
    """A function that makes tokens for this store, in each language: `name` and `code`."""
    merchant: Any = connection.tenant
    known = {"__STORE__": store.public_id, "__HOST__": merchant.host, "__SECRET__": secret or PLACEHOLDER}
    return [{"name": name, "code": _filled(file, known)} for name, file in LANGUAGES.items()]


def _filled(file: str, known: dict[str, str]) -> str:
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    for placeholder, value in known.items():
        text = text.replace(placeholder, value)
    return text
