"""`manage.py migrate_fleet`: the one migrate command of an installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from tenants import fleet, recording


class Command(BaseCommand):
    help = "Migrate the installation's tables and every merchant's schema, and fill the pool. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", action="store_true", help="only show what would be done")
        parser.add_argument("--pool", type=int, default=None, metavar="N", help="keep N schemas ready")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"]:
            self.show_plan()
            return
        self.check(databases=["default"])
        outcome = fleet.migrate_fleet(at=timezone.now(), pool_size=options["pool"], tell=self.stdout.write)
        for schema_name, error in outcome.failed.items():
            self.stderr.write(f"{schema_name}: {error}")
        if outcome.failed:
            raise CommandError(f"{len(outcome.failed)} schemas are behind. Run the command again when they are mended.")

    def show_plan(self) -> None:
        """What is not recorded yet, and how many schemas are behind what is."""
        try:
            waiting, behind = recording.unrecorded(), fleet.behind()
        except (OperationalError, ProgrammingError):
            self.stdout.write("A new installation: everything would be made.")
            return
        self.stdout.write(f"{len(waiting)} tenant migrations to record")
        for name in waiting:
            self.stdout.write(f"  {name}")
        self.stdout.write(f"{len(behind)} schemas behind what is recorded")
