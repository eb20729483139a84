"""The widget's page: allowed sites, what to paste, a secret shown once, and why sign-ins did not work."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from portal.widget import tokens
from staff.models import AuditEntry
from storefront import embedding, refusals, widgets
from storefront.models import Store
from tenants.models import Merchant
from tests.backoffice.scenes import a_store

pytestmark = pytest.mark.django_db
DOC = Path(__file__).parents[2] / "docs/widget.md"
SECRET = re.compile(r"dgw_[A-Za-z0-9_-]{43}")


@pytest.fixture
def store(cafe: Merchant) -> Store:
    return a_store(cafe, timezone.now())


@pytest.fixture
def path(store: Store) -> str:
    return f"/backoffice/storefronts/{store.public_id}/widget/"


def fresh(merchant: Merchant) -> Store:
    with tenant_context(merchant):
        return Store.objects.get()


def text_of(client: Client, path: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


def test_sites_and_side_are_kept(cafe: Merchant, as_owner: Client, path: str) -> None:
    as_owner.post(path, {"sites": "https://a.example/x\nhttps://b.example", "side": "left"})
    widget = widgets.widget_of(fresh(cafe))
    assert (widget.sites, widget.side) == (("https://a.example", "https://b.example"), "left")


def test_a_site_without_https_is_refused_in_words(as_owner: Client, path: str) -> None:
    as_owner.cookies["language"] = "en"
    response = as_owner.post(path, {"sites": "http://a.example", "side": "left"})
    assert response.status_code == 422
    assert "reached by https://" in response.content.decode()


def test_too_many_sites_are_refused(as_owner: Client, path: str) -> None:
    sites = "\n".join(f"https://s{number}.example" for number in range(11))
    assert as_owner.post(path, {"sites": sites, "side": "left"}).status_code == 422


def test_what_changed_is_in_the_trail(cafe: Merchant, as_owner: Client, path: str) -> None:
    as_owner.post(path, {"sites": "https://a.example", "side": "right"})
    as_owner.post(f"{path}secret/")
    with tenant_context(cafe):
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"storefront.widget_placed", "storefront.widget_secret_made"} <= actions


def test_the_secret_is_shown_once(as_owner: Client, path: str) -> None:
    as_owner.post(f"{path}secret/")
    assert SECRET.search(text_of(as_owner, path))
    assert not SECRET.search(text_of(as_owner, path))


def test_the_secret_is_stored_encrypted(cafe: Merchant, as_owner: Client, path: str) -> None:
    as_owner.post(f"{path}secret/")
    assert not SECRET.search(str(fresh(cafe).widget))


def test_the_page_holds_the_line_to_paste(as_owner: Client, path: str, store: Store) -> None:
    assert f"/widget.js?store={store.public_id}" in text_of(as_owner, path)


def test_the_reasons_of_failed_sign_ins_are_told(cafe: Merchant, as_owner: Client, path: str, store: Store) -> None:
    with tenant_context(cafe):
        refusals.note(store.public_id, "token_expired", at=timezone.now(), door=refusals.WIDGET)
    assert "The token came too late." in text_of(as_owner, path)


def test_only_the_owner_sees_it(as_manager: Client, as_analyst: Client, path: str) -> None:
    for client in (as_manager, as_analyst):
        assert client.get(path).status_code == 403
        assert client.post(f"{path}secret/").status_code == 403


def test_the_python_example_makes_a_good_token(cafe: Merchant, store: Store) -> None:
    with tenant_context(cafe):
        (code,) = [e["code"] for e in embedding.token_examples(store, "dgw_x") if e["name"] == "Python"]
    call = code + '\nprint(dangol_token(42, "minji@example.com", True, "김민지"))'
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, timeout=30, check=True)
    claims = tokens.read(
        done.stdout.strip(), secrets=["dgw_x"], store=store.public_id, hosts={cafe.host}, at=timezone.now()
    )
    assert (claims.person, claims.email, claims.email_verified, claims.name) == (
        "42",
        "minji@example.com",
        True,
        "김민지",
    )


def test_the_documents_examples_are_those_of_the_page(cafe: Merchant) -> None:
    document = DOC.read_text()
    for file in embedding.LANGUAGES.values():
        assert (embedding.EXAMPLES / file).read_text().strip() in document


def test_the_documents_vectors_hold() -> None:
    """Made with `openssl dgst -sha256 -hmac`, as PHP's hash_hmac and Liquid's hmac_sha256 make them."""
    secret, made = re.findall(r"^(dgw_\S+)\n(dangol1\.\S+)$", DOC.read_text(), re.MULTILINE)[0]
    at = datetime(2026, 11, 20, 3, tzinfo=timezone.get_default_timezone())
    claims = tokens.read(made, secrets=[secret], store="st_example", hosts={"cafe.example"}, at=at)
    assert (claims.person, claims.email) == ("7012345678901", "minji@example.com")
