"""What one row tells of a customer: particulars, consents, points."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from config import formatting
from customers.addresses import normalise_email
from customers.snapshots import ConsentSnapshot
from imports.context import Context
from imports.dates import day_of, moment_of
from imports.fields import CONSENTS
from imports.lines import Unit
from imports.numbers import phone_of, points_of
from imports.problems import problem

DESCRIBED = ("name", "email", "phone", "language", "birthday")
LANGUAGES = {"korean": "ko", "한국어": "ko", "english": "en", "영어": "en"}
KOREAN_NAMES = ("KR",)  # family name first, without a space


@dataclass
class Person:
    """A row of a customer, understood."""

    row: int
    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    birthday: date | None = None
    joined_at: datetime | None = None
    points: int | None = None
    expires_at: datetime | None = None
    consents: list[tuple[ConsentSnapshot, str, str]] = field(default_factory=list)  # with the header and the cell

    @property
    def signs(self) -> list[str]:
        """What tells who it is, the strongest first."""
        signs = (("a", self.external_id), ("e", self.email), ("p", self.phone))
        return [kind + value for kind, value in signs if value]

    @property
    def label(self) -> str:
        """What a person sees of the row in a list of examples."""
        return self.name or self.email or self.phone or self.external_id


def person_of(unit: Unit, context: Context) -> Person:
    """Understand one row. Raises Problem."""
    cells = unit.cells[0]
    context.check_width(cells)
    person = Person(
        row=unit.row,
        external_id=context.text(cells, "external_id", 255),
        name=_name(cells, context),
        email=_email(context.text(cells, "email", 254)),
        phone=_phone(cells, context),
        language=_language(context.text(cells, "language", 20)),
        birthday=_birthday(cells, context),
        joined_at=_past(cells, "joined_at", context),
    )
    if not person.signs:
        raise problem("nobody")
    person.consents = _consents(cells, context)
    _add_points(person, cells, context)
    return person


def _name(cells: list[str], context: Context) -> str:
    if name := context.text(cells, "name"):
        return name
    first, last = context.text(cells, "first_name"), context.text(cells, "last_name")
    name = f"{last}{first}" if context.country in KOREAN_NAMES and not (first + last).isascii() else f"{first} {last}"
    return name.strip()[:100]


def _email(text: str) -> str:
    email = normalise_email(text)
    if text and ("." not in email.rpartition("@")[2] or len(email) < 6):
        raise problem("bad_email", value=text)
    return email


def _phone(cells: list[str], context: Context) -> str:
    text = context.text(cells, "phone", 40)
    return phone_of(text, context.country) if any(c.isdigit() for c in text) else ""


def _language(text: str) -> str:
    code = LANGUAGES.get(text.casefold(), text.casefold()[:2])
    return code if code in ("ko", "en") else ""


def _birthday(cells: list[str], context: Context) -> date | None:
    text = context.text(cells, "birthday", 60)
    if not text or not any(c in "123456789" for c in text):  # 0000-00-00 says nothing
        return None
    day = day_of(text, month_first=context.mapping.month_first)
    if day > context.at.date():
        raise problem("future", value=text)
    return day


def _past(cells: list[str], key: str, context: Context) -> datetime | None:
    text = context.text(cells, key, 60)
    if not any(c in "123456789" for c in text):
        return None
    return min(moment_of(text, context.zone, month_first=context.mapping.month_first), context.at)


def _add_points(person: Person, cells: list[str], context: Context) -> None:
    text = context.text(cells, "points", 60)
    if not text:
        return
    person.points = points_of(text)
    if not person.points:
        return
    if day := context.text(cells, "points_expire_at", 60):
        last = day_of(day, month_first=context.mapping.month_first)
        midnight = datetime(last.year, last.month, last.day, tzinfo=context.zone)
        person.expires_at = midnight + timedelta(days=1)  # the day itself is the last
        if person.expires_at <= context.at:
            raise problem("expired", day=formatting.day(last))
    else:
        person.expires_at = context.points_expire_at


def _consents(cells: list[str], context: Context) -> list[tuple[ConsentSnapshot, str, str]]:
    """The decisions that the row states, by what the person said "yes" and "no" look like."""
    mapping, found = context.mapping, []
    for key, (channel, purpose) in CONSENTS.items():
        text = context.text(cells, key, 60)
        granted = mapping.answer(text)
        if text and granted is not None:
            at = _past(cells, "consent_at", context) or moment_of(mapping.consented_on, context.zone)
            header = str(context.run.headers[context.places[key]])
            found.append((ConsentSnapshot(channel, purpose, granted, min(at, context.at)), header, text))
    return found
