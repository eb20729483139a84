"""Whether a draft can be published, and what a careful colleague would ask before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to look at. `field` is where: a path into the rules, e.g. `rewards.2.points` or `expiry_months`."""

    field: str
    message: str
    level: str  # "error": can't be published so; "warning": can, but think


def readiness(rules: Mapping[str, Any], *, country: str, at: datetime) -> list[Issue]:
    """All there is to say about these rules, errors first. `country` is the shop's."""
    raise NotImplementedError
