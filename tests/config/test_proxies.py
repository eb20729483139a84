"""The visitor's address behind reverse proxies, and what visitors cannot make us believe."""

from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from config.proxies import forwarded_address
from staff.models import AuditEntry
from tenants.models import Merchant


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("203.0.113.7", 0, ""),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, ""),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("nonsense", 1, ""),
        ("", 1, ""),
        (",", 1, ""),
    ],
)
def test_the_entry_that_our_outermost_proxy_wrote_counts(header: str, proxies: int, address: str) -> None:
    assert forwarded_address(header, proxies) == address


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_the_audit_trail_keeps_the_visitors_address(
    as_owner: Client, cafe: Merchant, settings: Any, proxies: int, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    as_owner.post(
        "/account/me/", {"name": "Kim", "language": ""}, headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
    )
    with tenant_context(cafe):
        assert AuditEntry.objects.get().ip == address


@pytest.mark.django_db
def test_a_made_up_header_does_not_escape_the_limits_of_sign_in(as_nobody: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    statuses = []
    for number in range(12):
        response = as_nobody.post(
            "/account/login/",
            {"login": f"nobody{number}@example.com", "password": "wrong"},
            headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.7"},
        )
        statuses.append(response.context["form"].errors.as_text())
    assert statuses[0] == statuses[9] != statuses[11]
