from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from api import documenting


class Command(BaseCommand):
    help = "Print the OpenAPI document of the REST API: docs/openapi.json is a copy of it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(documenting.as_text(), ending="")
