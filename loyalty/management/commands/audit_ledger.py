"""Check the books of one shop or of all, and fail when a rule is broken."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from django_tenants.utils import tenant_context

from loyalty.audit import audit
from tenants.models import Merchant


class Command(BaseCommand):
    """`manage.py audit_ledger [--all | --merchant SLUG]`"""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One shop, or all of them."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="every shop (the default)")
        which.add_argument("--merchant", metavar="SLUG", help="one shop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each breach, then a line in all. Exits with 1 when there is one."""
        broken, shops = 0, 0
        for merchant in _merchants(options["merchant"]).iterator():
            with tenant_context(merchant):
                breaches = audit(at=timezone.now())
            shops += 1
            broken += bool(breaches)
            for breach in breaches:
                self.stderr.write(f"{merchant.slug}: {breach.rule}: {breach.subject}")
        if broken:
            raise CommandError(f"{broken} of {shops} ledgers break a rule.")
        self.stdout.write(f"{shops} ledgers, every rule holds.")


def _merchants(slug: str | None) -> QuerySet[Merchant]:
    merchants = Merchant.objects.exclude(schema_name="public").order_by("pk")
    if slug is None:
        return merchants
    if not merchants.filter(slug=slug).exists():
        raise CommandError(f"There is no shop called {slug}.")
    return merchants.filter(slug=slug)
