"""The OpenAPI document against the API itself: calls by the thousand, made by a program that only knows the document.

SCHEMATHESIS_EXAMPLES=50 asks for more of them, and for chains of calls.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from loyalty.programme import default_rules, publish
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.api.programs import NOW, Program, order
from tests.browser.served import running_server

HERE = Path(__file__).parent
MORE = os.environ.get("SCHEMATHESIS_EXAMPLES", "")
EXAMPLES, PHASES = (MORE, "coverage,fuzzing,stateful") if MORE else ("2", "coverage,fuzzing")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def port(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that asks no name server about the addresses of webhooks that are made up."""
    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: _here(known, host, rest, more))
    settings.API_CALLS_PER_MINUTE = 10**9
    settings.LOG_LEVEL = "ERROR"
    with running_server() as port:
        yield port


def _here(known: Any, host: Any, rest: Any, more: Any) -> Any:
    if host in {"127.0.0.1", "localhost", None, ""} or str(host).startswith("/"):
        return known(host, *rest, **more)
    raise socket.gaierror(socket.EAI_NONAME, "unknown")


def run(merchant: Merchant, key: str, port: int, *options: str) -> subprocess.CompletedProcess[str]:
    """schemathesis with this key at the merchant's host."""
    command = [
        str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml"), "run",
        f"http://127.0.0.1:{port}/api/v1/openapi.json",
        "-H", f"Host: {merchant.host}", "-H", f"Authorization: Bearer {key}",
        "--seed", "1", "--no-color", "--no-shrink", "--generation-database", "none", "--max-examples", EXAMPLES,
        "--continue-on-failure", "--request-timeout", "20", *options,
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks"} if "refused" in options else {}
    return subprocess.run(
        command,
        env={**os.environ, **hooks},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )


def test_it_keeps_what_the_document_promises(cafe: Merchant, port: int) -> None:
    with tenant_context(cafe):
        publish(default_rules("KR", "KRW"), actor=SYSTEM, at=NOW - timedelta(days=30))
    program = Program(cafe)
    program.put("orders/1001", order())
    done = run(cafe, program.key, port, "--checks", "all", "--phases", PHASES)
    assert done.returncode == 0, done.stdout[-30_000:]


def test_a_key_of_another_shop_gets_nothing(cafe: Merchant, bikes: Merchant, port: int) -> None:
    Program(cafe).put("orders/1001", order())
    done = run(cafe, Program(bikes).key, port, "--checks", "refused", "--phases", "coverage")
    assert done.returncode == 0, done.stdout[-30_000:]
