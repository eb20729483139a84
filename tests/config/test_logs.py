"""What stands in the logs, and what never does."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.db import IntegrityError
from pytest_django.fixtures import Settings

from config import logs
from staff.models import User
from tenants.models import Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(settings: Settings) -> Iterator[io.StringIO]:
    """The log as production writes it."""
    settings.LOG_FORMAT, settings.LOG_LEVEL = "json", "INFO"
    logs.configure()
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    settings.LOG_FORMAT, settings.LOG_LEVEL = "console", "WARNING"
    logs.configure()


def last(lines: io.StringIO) -> dict[str, str]:
    parsed: dict[str, str] = json.loads(lines.getvalue().splitlines()[-1])
    return parsed


def test_a_request_is_logged_with_tenant_and_request_id(cafe: Merchant, lines: io.StringIO) -> None:
    response = client_of(cafe).get("/sign-in/")
    line = last(lines)
    assert line["event"] == "request"
    assert (line["tenant"], line["request_id"]) == (cafe.schema_name, response["X-Request-ID"])


def test_the_route_is_logged_not_the_path(cafe: Merchant, lines: io.StringIO) -> None:
    client_of(cafe).get("/account/password/reset/key/1-c0ffee123456789abcdef/")
    assert "c0ffee" not in lines.getvalue()


def test_a_password_is_not_logged_when_signing_in(cafe: Merchant, owner: User, lines: io.StringIO) -> None:
    client_of(cafe).post("/account/login/", {"login": owner.email, "password": "a wrong secret phrase"})
    assert "a wrong secret phrase" not in lines.getvalue()
    assert owner.email not in lines.getvalue()


def test_a_value_with_a_secret_name_is_hidden(lines: io.StringIO) -> None:
    structlog.get_logger("x").warning("thing", api_token="abc", email="minsu@example.com")
    assert (last(lines)["api_token"], last(lines)["email"]) == ("…", "…")


@pytest.mark.parametrize(
    "secret",
    ["minsu@example.com", "+82 10-1234-5678", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "/join/Zk3hV0qX8sW2pLm4/"],
    ids=["e-mail", "phone", "signing secret", "token in an address"],
)
def test_free_text_is_scrubbed(secret: str, lines: io.StringIO) -> None:
    logging.getLogger("library").warning("Something about %s happened", secret)
    assert secret.strip("/").split("/")[-1] not in lines.getvalue()


def test_a_database_error_does_not_quote_the_row(lines: io.StringIO) -> None:
    said = "duplicate key\nDETAIL:  Key (name)=(김민수) already exists."
    try:
        raise IntegrityError(said)
    except IntegrityError:
        logging.getLogger("library").exception("failed")
    assert "김민수" not in lines.getvalue()
    assert "IntegrityError" in last(lines)["exception"]


def test_healthz_is_not_logged(cafe: Merchant, lines: io.StringIO) -> None:
    client_of(cafe).get("/healthz")
    assert lines.getvalue() == ""
