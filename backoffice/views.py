"""Saved views of a list: questions that are asked again and again, under a name. Some are there from the beginning.

A person's own stand in `User.views`; shared ones are seen by all staff and changed by whoever made them. There, too,
stands which view a person's list opens with, and which columns they see.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.tier_rules import Tier
from staff.models import User

PAGE = "customers"
ALL = "all"
MOST = 30


class TooManyViews(Exception):
    """A person keeps at most MOST."""


@dataclass(frozen=True, slots=True)
class View:
    """One question under a name."""

    key: str
    name: str
    query: Mapping[str, str]
    own: bool = False
    shared: bool = False
    by: str = ""  # who shares it, unless it is one's own

    @property
    def href(self) -> str:
        """The list seen like this."""
        return "?" + urlencode({"view": self.key, **self.query})


def system_views(tiers: tuple[Tier, ...]) -> list[View]:
    """Those that every shop has; the one of regulars needs tiers."""
    top = [View("vip", tiers[-1].label, {"tier": tiers[-1].key})] if tiers else []
    return [
        View(ALL, _("All"), {}),
        View("dormant", _("Dormant soon"), {"ordered": "60-90"}),
        *top,
        View("birthdays", _("Birthday this week"), {"birthday": "week"}),
        View("new", _("New this month"), {"joined": "0-30", "sort": "joined"}),
        View("codes", _("Unused codes"), {"codes": "1"}),
    ]


def views_for(user: User, tiers: tuple[Tier, ...]) -> list[View]:
    """All that this person can choose from: the system's, their own, what colleagues share. One query."""
    found = system_views(tiers)
    colleagues = User.objects.filter(is_active=True).exclude(views=[]).order_by("pk")
    for colleague in sorted(colleagues, key=lambda c: c.pk != user.pk):
        own = colleague.pk == user.pk
        found += [
            View(one["key"], one["name"], one["query"], own, one["shared"], "" if own else str(colleague))
            for one in colleague.views
            if one.get("key") and one.get("page") == PAGE and (own or one["shared"])
        ]
    return found


def default_of(user: User) -> str:
    """The key of the view that this person's list opens with; empty: all."""
    return next((str(one["default"]) for one in user.views if one.get("page") == PAGE and "default" in one), "")


def save(user: User, *, name: str, query: Mapping[str, str], shared: bool) -> str:
    """Keep a new view; returns its key. Raises TooManyViews."""
    key = secrets.token_hex(4)
    with transaction.atomic():
        person = _held(user)
        if len(person.views) >= MOST:
            raise TooManyViews
        person.views.append({"key": key, "page": PAGE, "name": name, "query": dict(query), "shared": shared})
        person.save(update_fields=["views"])
    return key


def change(user: User, key: str, **values: Any) -> bool:
    """Give one's own view another query, name, or audience. Tells whether there is one of that key."""
    with transaction.atomic():
        person = _held(user)
        mine = [one for one in person.views if one.get("key") == key]
        for one in mine:
            one.update(values)
        person.save(update_fields=["views"])
    return bool(mine)


def delete(user: User, key: str) -> bool:
    """Forget one's own view, and that it was the default. Tells whether there was one of that key."""
    with transaction.atomic():
        person = _held(user)
        kept = [one for one in person.views if key not in (one.get("key"), one.get("default"))]
        found = any(one.get("key") == key for one in person.views)
        person.views = kept
        person.save(update_fields=["views"])
    return found


def make_default(user: User, key: str) -> None:
    """Open this person's list with that view; ALL: as it was at first."""
    with transaction.atomic():
        person = _held(user)
        person.views = [one for one in person.views if not (one.get("page") == PAGE and "default" in one)]
        if key != ALL:
            person.views.append({"page": PAGE, "default": key})
        person.save(update_fields=["views"])


def columns_of(user: User) -> list[str] | None:
    """The columns of the list that this person chose; None before they did."""
    return next((list(one["columns"]) for one in user.views if one.get("page") == PAGE and "columns" in one), None)


def keep_columns(user: User, names: Sequence[str]) -> None:
    """Show this person these columns from now on, whatever view is open."""
    with transaction.atomic():
        person = _held(user)
        person.views = [one for one in person.views if not (one.get("page") == PAGE and "columns" in one)]
        person.views.append({"page": PAGE, "columns": list(names)})
        person.save(update_fields=["views"])


def _held(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)
