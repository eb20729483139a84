"""One thing that happened with a customer, as the timeline shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `points` is signed as the member sees it; `why` explains the number."""

    at: datetime
    icon: str
    title: str
    tone: str = "neutral"
    text: str = ""
    who: str = ""
    why: str = ""
    points: int | None = None
    moved: int = 0
    about: str = ""  # what `href` leads to
    href: str = ""
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some moments, newest first, and where the older ones begin (None: nothing older)."""

    moments: list[Moment]
    older: datetime | None


def until(field: str, before: datetime | None) -> Q:
    """Earlier than that moment, where one is named."""
    return Q(**{f"{field}__lt": before}) if before else Q()
