"""The programs a merchant copies: run as they are, against a server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from storefront.models import Delivery, Store
from storefront.snippets import curl_snippet, python_snippet
from storefront.stores import hook_url
from tenants.models import Merchant
from tests.storefront.sending import Sender

Snippet = Callable[[Store, str], str]
PROGRAMS = {"curl": (curl_snippet, ["bash", "-c"]), "python": (python_snippet, [sys.executable, "-c"])}


@pytest.fixture
def at_live_server(live_server: Any, settings: Any) -> None:
    port = live_server.url.rsplit(":", 1)[1]
    settings.PUBLIC_URL = f"http://localhost:{port}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("at_live_server")
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("slug", ["cafe", "bikes"])
def test_it_sends_an_order_that_is_taken(program: str, slug: str) -> None:
    merchant = Merchant.objects.get(slug=slug)
    sender = Sender(merchant)
    snippet, command = PROGRAMS[program]
    with tenant_context(merchant):
        text = snippet(sender.store, sender.secret)
    ran = subprocess.run([*command, text], capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    assert '"accepted"' in ran.stdout, ran.stdout + ran.stderr
    sender.work()
    with tenant_context(merchant):
        delivery = Delivery.objects.get()
    assert (delivery.state, delivery.errors) == ("done", [])
    assert delivery.order_id
    assert delivery.customer_id


@pytest.mark.django_db
def test_python_is_told_where_localhost_is(cafe: Merchant, settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    sender = Sender(cafe)
    with tenant_context(cafe):
        text = python_snippet(sender.store, sender.secret)
        assert hook_url(sender.store).startswith("http://cafe.localhost:8000/hooks/")
    assert 'URL = "http://127.0.0.1:8000/hooks/' in text
    assert '"Host": "cafe.localhost:8000",' in text


@pytest.mark.django_db
@pytest.mark.parametrize("snippet", [curl_snippet, python_snippet])
def test_a_real_host_is_written_as_it_is(cafe: Merchant, settings: Any, snippet: Snippet) -> None:
    settings.PUBLIC_URL, settings.PUBLIC_HOST = "https://dangol.example", "dangol.example"
    sender = Sender(cafe)
    with tenant_context(cafe):
        text = snippet(sender.store, sender.secret)
        assert hook_url(sender.store) in text
    assert "127.0.0.1" not in text
