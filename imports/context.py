"""What all rows of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext, override

from imports.lines import cell
from imports.mapping import Mapping
from imports.models import Run
from imports.problems import problem
from loyalty.programme import expiry_of_points_given
from staff.actors import Actor

BROKEN = "�"


@dataclass(frozen=True)
class Context:
    """One run with its mapping, its shop's country, currency and time zone, and the present moment."""

    run: Run
    mapping: Mapping
    at: datetime
    country: str
    currency: str
    language: str
    zone: ZoneInfo

    @classmethod
    def of(cls, run: Run, *, at: datetime) -> Context:
        shop = connection.tenant
        return cls(
            run,
            Mapping.from_json(run.mapping),
            at,
            shop.country,
            shop.currency,
            shop.language,
            ZoneInfo(shop.time_zone),
        )

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each field stands."""
        return {key: place for place, key in self.mapping.columns.items()}

    @cached_property
    def actor(self) -> Actor:
        """Who began the run."""
        return Actor("staff", self.run.creator_id, self.run.created_by)

    @cached_property
    def points_expire_at(self) -> datetime | None:
        """When points expire for which the file names no day."""
        return expiry_of_points_given(self.at)

    @cached_property
    def reason(self) -> str:
        """What stands beside the points in the ledger, in the shop's language."""
        with override(self.language):
            return gettext("Opening balance from {file}").format(file=self.run.file_name)

    def text(self, cells: list[str], key: str, most: int = 100) -> str:
        """The cell of a field. Raises Problem when it is broken or too long."""
        text = cell(cells, self.places.get(key))
        if BROKEN in text:
            raise problem("broken_letters", column=self._header(key))
        if len(text) > most:
            raise problem("too_long", column=self._header(key), most=most)
        return text

    def check_width(self, cells: list[str]) -> None:
        """Raise Problem when something stands beyond the header."""
        if any(cells[len(self.run.headers) :]):
            raise problem("extra_cells")

    def _header(self, key: str) -> str:
        return str(self.run.headers[self.places[key]])
