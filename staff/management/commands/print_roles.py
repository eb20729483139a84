"""`manage.py print_roles`: docs/roles.md from the table in staff/permissions.py. A test keeps the page current."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from staff.models import Role
from staff.permissions import CAPABILITIES, MEANINGS

INTRODUCTION = """\
# Roles and what they may do

Printed by `manage.py print_roles` from `staff/permissions.py`, the one table that pages and endpoints read.
A person without the capability gets 403; a person who is not signed in is sent to sign in.
Everybody manages their own account (name, password, second step, devices).
"""


class Command(BaseCommand):
    help = "Print docs/roles.md from the table of capabilities."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    """The whole page as Markdown, in English."""
    with translation.override("en"):
        head = ["What", "Capability", *(str(role.label) for role in Role)]
        rows = [_row(capability) for capability in CAPABILITIES]
        table = [_line(head), _line(["---", "---", *[":-:" for _role in Role]]), *map(_line, rows)]
    return INTRODUCTION + "\n" + "\n".join(table) + "\n"


def _row(capability: str) -> list[str]:
    marks = ["✓" if role in CAPABILITIES[capability] else "" for role in Role]
    return [str(MEANINGS[capability]), f"`{capability}`", *marks]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
