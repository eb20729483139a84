"""`make check`: every check runs, one line each; what a failing one said follows it. Exits 1 when any fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# An installation that could exist: production settings must be safe with it, and complain about nothing.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "PUBLIC_URL": "https://rewards.example",
    "EMAIL_URL": "smtp+tls://dangol:password@mail.example:587",
    "DATABASE_URL": "postgres://dangol@db.example/dangol",
    "CACHE_URL": "rediss://cache.example/1",
    "BROKER_URL": "rediss://cache.example/0",
}


@dataclass(frozen=True)
class Check:
    """A command that exits with 0 when all is well."""

    name: str
    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=dict)


def python(*arguments: str) -> list[str | Path]:
    return [sys.executable, *arguments]


HTMX_CHECKER = next(iter(sorted(ROOT.glob("assets/vendor/htmx.org-*/upgrade-check.py"))), Path("upgrade-check.py"))
CHECKS = [
    Check("types", [BIN / "mypy", "."]),
    Check("lint", [BIN / "ruff", "check", "--quiet", "."]),
    Check("format", [BIN / "ruff", "format", "--quiet", "--check", "."]),
    Check("floors", [BIN / "lint-imports", "--no-cache"]),
    Check("templates", [BIN / "djlint", "templates", "--lint", "--quiet"]),
    Check("template rules", python("scripts/template_rules.py")),
    Check("htmx", python(str(HTMX_CHECKER), "templates")),
    Check("vendored packages", python("assets/check_vendor.py")),
    Check("migrations", python("-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"), {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }),
    Check("production settings", python("manage.py", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    Check("korean", python("scripts/messages.py", "missing")),
]  # fmt: skip


def run(check: Check) -> tuple[Check, bool, float, str]:
    """The check, whether all is well, seconds, and what it said."""
    began = time.monotonic()
    done = subprocess.run(
        check.command, cwd=ROOT, env={**os.environ, **check.environment}, capture_output=True, text=True, check=False
    )
    return check, done.returncode == 0, time.monotonic() - began, (done.stdout + done.stderr).strip()


def main() -> int:
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for check, good, seconds, said in pool.map(run, CHECKS):
            print(f"{'ok    ' if good else 'FAILED'}  {check.name}  {seconds:.1f} s", flush=True)
            if not good:
                failed += 1
                print("\n".join(f"        {line}" for line in said.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
