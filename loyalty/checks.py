"""What all checks of rules share: a mistake, and the questions asked of one value."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

Mistake = tuple[str, str]  # field, message for people

LONGEST_NAME = 60
LONGEST_TEXT = 500
EARLIEST_YEAR, LATEST_YEAR = 1900, 9998  # of moments in rules: beyond, no time zone can reckon
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_one_of(value: Any, choices: Collection[str]) -> bool:
    """Whether it is one of these words."""
    return isinstance(value, str) and value in choices


def between(value: Any, least: int, most: int) -> str | None:
    """What is wrong with a number that must be whole and within these ends; None when nothing is."""
    if is_whole(value) and least <= value <= most:
        return None
    return _("Enter a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}


def is_key(value: Any) -> bool:
    """Whether it can name a reward, a tier or a card over all versions."""
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def is_name(name: Any, *, longest: int = LONGEST_NAME) -> bool:
    """Whether it is a text by language, one of which at least says something."""
    return is_text(name, longest=longest) and any(text.strip() for text in name.values())


def is_text(name: Any, *, longest: int = LONGEST_TEXT) -> bool:
    """Whether it is a text by language, or none."""
    if not isinstance(name, Mapping) or not all(is_writable(text) for text in (*name, *name.values())):
        return False
    return all(len(text) <= longest for text in name.values())


def is_writable(text: Any) -> bool:
    """Whether it is a text that the database can hold: no NUL, no half of a pair of surrogates."""
    if not isinstance(text, str) or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def moment(value: Any) -> datetime | None:
    """The moment that a text in ISO 8601 with its offset names; None when it names none."""
    found = moment_or_day(value)
    return found if found is not None and found.tzinfo is not None else None


def moment_or_day(value: Any) -> datetime | None:
    """The moment that a text in ISO 8601 names, with or without an offset; None when it names none of our time."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
