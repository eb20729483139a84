"""A shopper at a shop: asks for a code, reads the mail, signs in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core import mail
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from portal import sessions
from portal.tokens import cookie_name
from tenants.alarms import drain
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.shopping import MINA


def ask(client: Client, address: str = MINA, **more: str) -> Any:
    """Ask for a code as the address page does."""
    return client.post("/sign-in/", {"email": address, **more})


def code_for(merchant: Merchant, address: str = MINA, at: datetime | None = None) -> str:
    """The code in the newest mail to `address`, once the worker has sent what waits."""
    drain(merchant, at or timezone.now())
    mails = [m for m in mail.outbox if m.to == [address.lower()]]
    found = re.search(r"\b(\d{6})\b", str(mails[-1].subject))
    assert found
    return found.group(1)


def enter(client: Client, code: str, **more: str) -> Any:
    """Type the code into the code page."""
    return client.post("/sign-in/code/", {"code": code, **more})


def wrong(code: str) -> str:
    """Six digits that are not this code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def arrive(merchant: Merchant, address: str = MINA) -> Client:
    """A browser that signed in through the pages."""
    client = client_of(merchant)
    ask(client, address)
    assert enter(client, code_for(merchant, address)).status_code == 302
    return client


def signed_in(merchant: Merchant, customer: Customer, at: datetime | None = None) -> Client:
    """A browser that already holds a session of this customer."""
    client = client_of(merchant)
    with tenant_context(merchant):
        _session, token = sessions.begin(customer, user_agent="", at=at or timezone.now())
    client.cookies[cookie_name(sessions.COOKIE)] = token
    return client
