"""Past occasions for a replay: what happened that was no order, as journals, events and birthdays tell it.

A journal tells what was given and for what; an event tells of joining, of a visit and of a birthday that gave nothing.
A birthday of which nothing tells falls where production would have kept it. Reviews, follows, answers and what programs
told leave no trace where they gave nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connection

from loyalty.birthdays import BETWEEN, HAD, kept_in
from loyalty.evaluation import Occasion
from loyalty.past_orders import Span
from loyalty.visits import VISITED

KINDS = {"customer.joined": "sign_up", VISITED: "visit", HAD: "birthday"}
# What these members, and those who became part of them, were given.
GIVEN = """
WITH own AS (
    SELECT id AS who, id AS source FROM unnest(%(ids)s::bigint[]) AS id
    UNION ALL
    SELECT e.customer_id, e.subject_id FROM customers_event e
    JOIN customers_customer c ON c.id = e.subject_id AND c.merged_into_id IS NOT NULL
    WHERE e.customer_id = ANY (%(ids)s) AND e.kind = 'customer.merged'
)
SELECT own.who, j.effective_at, j.key, j.arithmetic::text,
    EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id)
FROM own JOIN loyalty_journal j ON j.customer_id = own.source
WHERE j.kind = 'earn' AND j.order_id IS NULL AND starts_with(j.key, 'occasion:')
    AND j.effective_at >= %(history)s AND j.effective_at < %(until)s
ORDER BY j.id
"""
# What happened to them. Of those who were erased only the journals are left to tell.
HAPPENED = """
SELECT e.customer_id, e.kind, e.at, e.data::text FROM customers_event e
JOIN customers_customer c ON c.id = e.customer_id AND c.erased_at IS NULL
WHERE e.customer_id = ANY (%(ids)s) AND e.kind = ANY (%(kinds)s) AND e.at >= %(had)s AND e.at < %(until)s
ORDER BY e.id
"""
BORN = """
SELECT id, birthday, coalesce(birthday_set_at, created_at), joined_at FROM customers_customer
WHERE id = ANY (%(ids)s) AND birthday IS NOT NULL AND joined_at IS NOT NULL AND erased_at IS NULL
"""


@dataclass(slots=True)
class PastOccasion:
    """Something that happened to a member, with what each rule gave for it and was not undone."""

    customer_id: int
    occasion: Occasion
    given: dict[str, int] = field(default_factory=dict)
    undone: bool = False  # all of what was given was taken back: as if it had not happened

    @property
    def placed_at(self) -> datetime:
        """When it happened; named as an order's, among which it stands."""
        return self.occasion.at

    @property
    def was(self) -> int:
        """Points that it really gave."""
        return sum(self.given.values())


@dataclass(frozen=True, slots=True)
class Born:
    """A member's birthday, since when it is known, and when they joined. Days are the shop's."""

    birthday: date
    known: date
    joined: date

    def known_days(self, day: date) -> int | None:
        """How long before this birthday it was known; None where it is no birthday of theirs (any more)."""
        return (day - self.known).days if kept_in(self.birthday, day.year) == day else None


def occasions_of(members: Sequence[int], span: Span, zone: ZoneInfo, *, birthdays: bool) -> list[PastOccasion]:
    """What happened to these members: member by member, each one's oldest first. `birthdays`: also those that nobody
    kept, because the programme gave nothing for them then.
    """
    values = {
        "ids": list(members), "history": span.history, "until": span.until, "kinds": list(KINDS),
        "had": min(span.history, span.since - BETWEEN),
    }  # fmt: skip
    born = {
        pk: Born(birthday, _day(known, zone), _day(joined, zone)) for pk, birthday, known, joined in _rows(BORN, values)
    }
    given = _given(values, zone, born)
    happened = list(_told_by_events(values, zone, born))
    told = {_mark(one, zone) for one in given}
    found = [one for one in given if not one.undone]
    found += {mark: one for one in happened if (mark := _mark(one, zone)) not in told}.values()
    if birthdays:
        found += _not_kept(span, zone, born, [one for one in happened if one.occasion.kind == "birthday"])
    return sorted(found, key=lambda one: (one.customer_id, one.placed_at))


def _given(values: Mapping[str, Any], zone: ZoneInfo, born: Mapping[int, Born]) -> list[PastOccasion]:
    """What journals tell. Several of one happening share the beginning of their keys."""
    by_key: dict[str, PastOccasion] = {}
    for who, at, key, text, undone in _rows(GIVEN, values):
        told, first = orjson.loads(text), ":".join(key.split(":")[:3])
        one = by_key.get(first)
        if one is None:
            one = by_key[first] = PastOccasion(who, _occasion(told, at, zone, born.get(who)), undone=True)
        if not undone:
            one.given[told["rule"]] = one.given.get(told["rule"], 0) + told["result"]
            one.undone = False
    return list(by_key.values())


def _occasion(told: Mapping[str, Any], at: datetime, zone: ZoneInfo, born: Born | None) -> Occasion:
    """From what was written with its points, or from an event."""
    kind, data = told["occasion"], told.get("data", {})
    return Occasion(
        kind, at, event=told.get("event", ""), subject=told.get("subject", ""), data=data,
        source=data.get("place", "") if kind == "visit" else "",
        known_days=born.known_days(_day(at, zone)) if kind == "birthday" and born else None,
    )  # fmt: skip


def _told_by_events(values: Mapping[str, Any], zone: ZoneInfo, born: Mapping[int, Born]) -> Iterator[PastOccasion]:
    """What was recorded as it happened. Who came by a file of the merchant's had joined elsewhere before."""
    for who, kind, at, text in _rows(HAPPENED, values):
        data = orjson.loads(text)
        if "import" not in data:
            visited = {"place": data.get("place", "")} if kind == VISITED else {}
            yield PastOccasion(who, _occasion({"occasion": KINDS[kind], "data": visited}, at, zone, born.get(who)))


def _mark(one: PastOccasion, zone: ZoneInfo) -> tuple[Any, ...]:
    """What a journal and an event about the same thing have in common."""
    occasion = one.occasion
    if occasion.kind == "visit":
        return one.customer_id, "visit", _day(occasion.at, zone), occasion.source
    return one.customer_id, occasion.kind, occasion.at


def _not_kept(
    span: Span, zone: ZoneInfo, born: Mapping[int, Born], kept: Iterable[PastOccasion]
) -> Iterator[PastOccasion]:
    """Birthdays in that time that nobody kept, as production would have: from the day's first moment, and no two of a
    member close to each other.
    """
    had: dict[int, list[datetime]] = defaultdict(list)
    for one in kept:
        had[one.customer_id].append(one.placed_at)
    for who, theirs in born.items():
        for year in range(_day(span.since, zone).year, _day(span.until, zone).year + 1):
            day = kept_in(theirs.birthday, year)
            moment = datetime.combine(day, time(), zone)
            near = any(abs(other - moment) < BETWEEN for other in had[who])
            if span.since <= moment < span.until and theirs.joined <= day and not near:
                yield PastOccasion(who, Occasion("birthday", moment, known_days=theirs.known_days(day)))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
