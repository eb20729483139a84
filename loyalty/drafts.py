"""The programme being written: saved part by part, checked as a whole (readiness.py), published as the next version.

There is one draft or none. Saving changes nothing for members. Whoever saves says which revision they saw, so that two
who write at the same time do not overwrite each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from loyalty import programme
from loyalty.legible import legible, shaped
from loyalty.models import Draft, ProgrammeVersion
from loyalty.readiness import Issue, readiness
from loyalty.rules import Rules
from staff import audit
from staff.actors import Actor

__all__ = [
    "Issue", "NothingChanged", "Overtaken", "discard", "draft", "publish_draft", "read", "readiness", "save", "shaped",
]  # fmt: skip

ONE = 1  # the id of the only row
# Revisions of a new draft begin at the seconds since then: an old page never fits a later draft by chance.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


class Overtaken(Exception):
    """Somebody saved, published or discarded the draft since it was looked at. `draft` is how it stands now."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__("the draft was changed since")
        self.draft = draft


class NothingChanged(Exception):
    """The draft says what the latest version says: there is nothing to publish."""


def draft() -> Draft | None:
    """The draft as it stands; None when nobody writes one."""
    return Draft.objects.filter(pk=ONE).first()


def read(rules: Any) -> Rules:
    """The rules of a draft as far as they make sense; readiness names what does not."""
    return legible(rules)


@transaction.atomic
def save(rules: Mapping[str, Any], *, revision: int, actor: Actor, at: datetime) -> Draft:
    """Keep these rules as the draft. `revision` is the one that was looked at, 0 where there was no draft.

    The rules may make no sense as a whole; what has no shape of rules at all is not kept. Raises Overtaken.
    """
    present = _locked(revision)
    if present is None:
        latest = programme.current()
        present = Draft(pk=ONE, based_on=latest.number if latest else None, revision=_first_revision(at))
    present.rules = shaped(rules)  # whole: what was left out stands at its default
    present.revision += 1
    present.changed_at, present.changed_by = at, actor.name[:200]
    present.save()
    return present


@transaction.atomic
def discard(*, revision: int, actor: Actor, at: datetime) -> None:
    """Throw the draft away. Raises Overtaken; nothing happens where there is none."""
    present = _locked(revision)
    if present is None:
        return
    audit.record("programme.draft_discarded", actor=actor, at=at, object_kind="programme", object_label="")
    present.delete()


@transaction.atomic
def publish_draft(
    *, revision: int, actor: Actor, at: datetime, in_force_from: datetime | None = None, note: str = ""
) -> ProgrammeVersion:
    """Make the draft the next version, in force from now or later; after that there is no draft.

    Raises Overtaken, NothingChanged, rules.WrongRules and programme.CannotPublish.
    """
    present = _locked(revision)
    if present is None:
        raise Overtaken(None)
    rules, latest = Rules.from_json(present.rules), programme.current()
    if latest is not None and latest.terms == rules:
        raise NothingChanged
    version = programme.publish(rules, actor=actor, at=at, in_force_from=in_force_from, note=note)
    present.delete()
    return version


def _locked(revision: int) -> Draft | None:
    """The draft, locked. Raises Overtaken unless it is at that revision, or is none and the revision is 0."""
    with connection.cursor() as cursor:  # where there is no row yet, two who begin one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/draft', 0))")
    present = Draft.objects.select_for_update().filter(pk=ONE).first()
    if (present.revision if present else 0) != revision:
        raise Overtaken(present)
    return present


def _first_revision(at: datetime) -> int:
    return max(int((at - EPOCH).total_seconds()), 0)
