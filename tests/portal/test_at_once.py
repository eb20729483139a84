"""Many requests at the same moment: guesses share five tries, and one code opens one session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from portal.models import ShopperSession, SignInCode
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import ask, code_for, enter, wrong

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 12


def all_at_once(request: Callable[[Client], int], merchant: Merchant, asking: str) -> Counter[int]:
    """The answers of as many browsers that hold the same secret and start together."""
    barrier = Barrier(AT_ONCE)

    def one(_number: int) -> int:
        client = client_of(merchant)
        client.cookies["asking"] = asking
        barrier.wait(timeout=30)
        try:
            return request(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(one, range(AT_ONCE)))


def test_guesses_at_once_share_the_five_tries(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    asking = client.cookies["asking"].value
    all_at_once(lambda c: enter(c, wrong(code)).status_code, cafe, asking)
    with tenant_context(cafe):
        assert SignInCode.objects.get().tries == 5
    assert enter(client, code).status_code == 422


def test_one_code_opens_one_session_however_often_it_is_sent(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    asking = client.cookies["asking"].value
    signed_in = all_at_once(lambda c: int("shopper" in enter(c, code).cookies), cafe, asking)
    assert signed_in[1] == 1
    with tenant_context(cafe):
        assert ShopperSession.objects.count() == 1
