"""docs/api.md says what the API does: its commands are run as they stand, by the shell and by curl."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from api.keys import SCOPES
from customers.models import Customer
from loyalty.models import Balance
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.api.programs import NOW, Program
from tests.browser.served import running_server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
COMMANDS = re.findall(r"<!-- run -->\n\n```sh\n(.*?)```", PAGE, re.S)
# Every command fails loudly, and speaks to the shop's host at this machine's port.
BEFORE = "set -eu; curl() {{ command curl --fail-with-body -sS -H 'Host: {host}' \"$@\"; echo; }}\n"


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_page_run_one_after_the_other(cafe: Merchant) -> None:
    rules = Rules.from_json(default_rules("KR", "KRW").to_json() | {"hold_days": 0})
    with tenant_context(cafe):
        publish(rules, actor=SYSTEM, at=NOW - timedelta(days=30))
    key = Program(cafe).key
    assert len(COMMANDS) >= 6
    with running_server() as port:
        for command in COMMANDS:
            done = _run(command, cafe, key, port)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    with tenant_context(cafe):
        ada = Customer.objects.get(email="ada@example.com")
        assert Balance.objects.get(customer=ada).available == 60 + 500 + 50
        assert ada.birthday
        assert ada.consents.count() == 1


def _run(command: str, merchant: Merchant, key: str, port: int) -> subprocess.CompletedProcess[str]:
    environment: dict[str, Any] = {"PATH": "/usr/bin:/bin", "BASE": f"http://127.0.0.1:{port}/api/v1", "KEY": key}
    script = BEFORE.format(host=merchant.host) + command
    return subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)


def test_every_code_is_listed_with_its_status() -> None:
    sources = [*(ROOT / "api").rglob("*.py"), ROOT / "config" / "problems.py"]
    code = "\n".join(path.read_text() for path in sources)
    used = {(int(status), name) for status, name in re.findall(r'Refused\(\s*(\d{3}),\s*"([a-z_]+)"', code)}
    used |= {(int(status), name) for status, name in re.findall(r'\((\d{3}), "([a-z_]+)", ', code)}
    listed: set[tuple[int, str]] = set()
    for statuses, names in re.findall(r"^\| ([\d, ]+) \| (`[^|]+) \|", PAGE, re.M):
        listed |= {(int(status), name) for status in statuses.split(", ") for name in re.findall(r"`(\w+)`", names)}
    assert {pair for pair in used if pair not in listed} <= {(403, "forbidden")}
    assert {name for _status, name in listed} >= {name for _status, name in used if name != "forbidden"}


def test_every_scope_is_listed() -> None:
    assert set(re.findall(r"`(\w+:(?:read|write))`", PAGE)) == set(SCOPES)
