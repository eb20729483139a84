"""Letting the app into a Cafe24 mall: there and back, for tokens that nobody has to copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront.credentials import credentials_of, keep_credentials
from storefront.models import Store
from tenants.models import Merchant
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall(cafe: Merchant) -> Iterator[Connection]:
    """A mall whose app's keys are known here, and nothing else yet."""
    with connected(cafe, Cafe24Shop(), at=OPENED) as connection:
        with tenant_context(cafe):
            keys = {"client_id": "app", "client_secret": "app-secret"}
            keep_credentials(connection.store, keys, actor=SYSTEM, at=OPENED)
        yield connection


def sent_to(client: Client, mall: Connection) -> dict[str, str]:
    """What the owner takes along to the mall."""
    answer: Any = client.get(f"/backoffice/storefronts/{mall.store.public_id}/allow/")
    assert answer.url.startswith(f"{mall.server.url}/api/v2/oauth/authorize?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.url).query).items()}


def kept(mall: Connection) -> dict[str, Any]:
    with tenant_context(mall.merchant):
        return credentials_of(Store.objects.get(pk=mall.store.pk))


def back(client: Client, **query: str) -> Any:
    return client.get("/backoffice/storefronts/allowed/", query)


def test_the_owner_is_sent_to_the_mall_and_comes_back_with_tokens(as_owner: Client, mall: Connection) -> None:
    taken = sent_to(as_owner, mall)
    assert (taken["client_id"], taken["response_type"]) == ("app", "code")
    code = mall.shop.consent(taken["redirect_uri"])
    answer = back(as_owner, code=code, state=taken["state"])
    assert answer.url == f"/backoffice/storefronts/{mall.store.public_id}/connect/"
    assert kept(mall)["refresh_token"] == mall.shop.refresh_token


def test_after_the_apps_keys_the_page_leads_on_to_the_mall(as_owner: Client, mall: Connection) -> None:
    path = f"/backoffice/storefronts/{mall.store.public_id}/"
    keys = {"api-client_id": "app", "api-client_secret": "app-secret"}
    page = as_owner.post(f"{path}keys/", keys, follow=True).content.decode()
    assert f'href="{path}allow/"' in page  # a link: the policy of our pages lets no form lead to another site
    assert mall.server.asked == []


@pytest.mark.parametrize("state", ["", "guessed", "é"])
def test_a_way_back_that_nobody_began_here_changes_nothing(as_owner: Client, mall: Connection, state: str) -> None:
    code = mall.shop.consent(sent_to(as_owner, mall)["redirect_uri"])
    assert back(as_owner, code=code, state=state).url == "/backoffice/storefronts/"
    assert "refresh_token" not in kept(mall)


def test_a_state_is_good_once(as_owner: Client, mall: Connection) -> None:
    state = sent_to(as_owner, mall)["state"]
    back(as_owner, state=state, error="access_denied")
    assert back(as_owner, state=state, code="code-1").url == "/backoffice/storefronts/"


def test_a_refusal_is_told(as_owner: Client, mall: Connection) -> None:
    state = sent_to(as_owner, mall)["state"]
    page: Any = as_owner.get(back(as_owner, state=state, error="access_denied").url)
    assert [message.level_tag for message in page.context["messages"]] == ["error"]
    assert "refresh_token" not in kept(mall)


def test_a_code_that_expired_is_told(as_owner: Client, mall: Connection) -> None:
    state = sent_to(as_owner, mall)["state"]
    page = as_owner.get(back(as_owner, state=state, code="old").url)
    assert "invalid_grant" in page.content.decode()


def test_who_may_not_edit_storefronts_is_not_sent(as_colleague: Client, mall: Connection) -> None:
    assert as_colleague.get(f"/backoffice/storefronts/{mall.store.public_id}/allow/").status_code == 403
