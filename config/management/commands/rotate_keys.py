"""`manage.py rotate_keys`: after a new key was put first in ENCRYPTION_KEYS, and before the old one is taken away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import rotation


class Command(BaseCommand):
    help = "Encrypt every stored secret anew with the first key of ENCRYPTION_KEYS. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = rotation.rotate_all()
        self.stdout.write(f"{outcome.rotated} secrets are now under the first key.")
        for name in outcome.unreadable:
            self.stderr.write(f"{name}: no key can read it")
        if outcome.unreadable:
            raise CommandError(
                "Keep the old keys until these are mended, or connect and enrol anew what they belong to."
            )
