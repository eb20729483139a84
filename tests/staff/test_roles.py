"""The one table of roles: the page that prints it, the templates that ask it, and every page of the backoffice."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django_tenants.utils import tenant_context

from staff.management.commands.print_roles import page
from staff.models import Role, User
from staff.permissions import CAPABILITIES, MEANINGS, may
from tenants.models import Merchant
from tests.conftest import client_of, staff_of

ROOT = Path(__file__).parents[2]
FILLED = {"int": "1", "slug": "nothing", "str": "nothing"}


def backoffice() -> Iterator[tuple[str, URLPattern]]:
    """Every address below /backoffice/ with its pattern."""
    for resolver in get_resolver("config.urls.shop").url_patterns:
        if isinstance(resolver, URLResolver) and str(resolver.pattern) == "backoffice/":
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern)
                yield "/backoffice/" + filled(str(pattern.pattern)), pattern


def filled(route: str) -> str:
    return re.sub(r"<(\w+):\w+>", lambda match: FILLED[match[1]], route)


def capability(pattern: URLPattern) -> str:
    """The capability that guards the page; none guards a page without."""
    return str(getattr(pattern.callback, "capability", "nothing guards it"))


def asked(client: Client, path: str) -> Any:
    """The answer to a GET or, where only POST is known, to a POST."""
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


# The customer's own screen at the counter: a device on which nobody signs in (tests/backoffice/test_till_screen.py).
OPEN = ("/backoffice/till/customer/", "/backoffice/till/customer/state/")
PAGES = [pytest.param(path, pattern, id=path) for path, pattern in backoffice() if path not in OPEN]


def test_the_printed_page_is_current() -> None:
    assert (ROOT / "docs/roles.md").read_text() == page()


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("print_roles")
    assert capsys.readouterr().out == page()


def test_every_capability_has_a_meaning() -> None:
    assert list(MEANINGS) == list(CAPABILITIES)


def test_the_owner_may_do_everything() -> None:
    assert all(Role.OWNER in roles for roles in CAPABILITIES.values())


def test_a_deactivated_owner_may_do_nothing() -> None:
    user = User(role=Role.OWNER, is_active=False)
    assert not any(may(user, capability) for capability in CAPABILITIES)


def test_templates_ask_only_for_capabilities_of_the_table() -> None:
    known = {name.replace(".", "_") for name in CAPABILITIES}
    asked = {
        name for file in (ROOT / "templates").rglob("*.html") for name in re.findall(r"\bcan\.(\w+)", file.read_text())
    }
    assert asked <= known


@pytest.mark.parametrize(("path", "pattern"), PAGES)
def test_a_page_of_the_backoffice_names_its_capability(path: str, pattern: URLPattern) -> None:
    assert capability(pattern) in CAPABILITIES


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "pattern"), PAGES)
def test_a_page_of_the_backoffice_sends_strangers_to_sign_in(as_nobody: Client, path: str, pattern: URLPattern) -> None:
    answer = asked(as_nobody, path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("path", "pattern"), PAGES)
def test_a_page_of_the_backoffice_lets_in_exactly_the_roles_of_the_table(
    cafe: Merchant, role: Role, path: str, pattern: URLPattern
) -> None:
    client = client_of(cafe, staff_of(cafe, role))
    allowed = role in CAPABILITIES[capability(pattern)]
    assert (asked(client, path).status_code == 403) is not allowed


@pytest.mark.django_db
def test_a_session_ends_when_the_account_is_deactivated(cafe: Merchant, owner: User, as_owner: Client) -> None:
    with tenant_context(cafe):
        User.objects.filter(pk=owner.pk).update(is_active=False)
    assert as_owner.get("/backoffice/settings/").status_code == 302


@pytest.mark.parametrize("path", ["/backoffice/", "/backoffice/customers/", "/backoffice/storefronts/"])
def test_no_browser_keeps_a_page_of_the_backoffice(as_owner: Client, path: str) -> None:
    assert as_owner.get(path)["Cache-Control"] == "private, no-store"
