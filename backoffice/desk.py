"""The desk of whoever writes the programme: the draft as it stands, or the rules that a new one would begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice import parts
from backoffice.forms.programme import PieceForm
from backoffice.worth import setting_of
from config import formatting
from loyalty import drafts, programme
from loyalty.models import Draft, ProgrammeVersion
from loyalty.rules import Rules, WrongRules
from loyalty.worked import Setting


@dataclass(frozen=True, slots=True)
class Place:
    """One part in the editor's navigation."""

    part: parts.Part
    url: str
    label: str
    current: bool
    errors: int = 0
    warnings: int = 0


class Desk:
    """Everything that the editor's pages know about the draft."""

    def __init__(self, request: HttpRequest, at: datetime) -> None:
        self.merchant, self.at = request.tenant, at
        self.unit: str = request.tenant.point_unit
        self.draft: Draft | None = drafts.draft()
        self.latest: ProgrammeVersion | None = programme.current()
        self.stated: Any = self.draft.rules if self.draft else self._present()  # as it is kept, readable or not
        self.json = drafts.shaped(self.stated)

    def _present(self) -> dict[str, Any]:
        if self.latest:
            return dict(self.latest.rules)
        return programme.default_rules(self.merchant.country, self.merchant.currency).to_json()

    @property
    def revision(self) -> int:
        """Which draft this is; 0 without one."""
        return self.draft.revision if self.draft else 0

    @cached_property
    def rules(self) -> Rules:
        """The rules as far as they make sense."""
        return drafts.read(self.json)

    @cached_property
    def issues(self) -> list[drafts.Issue]:
        """What there is to say before publishing."""
        usual = self.setting.amount if self.setting.is_typical else 0
        return drafts.readiness(self.stated, country=self.merchant.country, at=self.at, usual_order=usual)

    @cached_property
    def setting(self) -> Setting:
        """Where the examples take place."""
        return setting_of(self.merchant, self.rules.currency, self.at)

    @property
    def is_behind(self) -> bool:
        """Whether another version was published since this draft was begun."""
        return bool(self.draft and self.latest and self.draft.based_on != self.latest.number)

    def places(self, current: str = "") -> list[Place]:
        """The editor's navigation, with what is wrong in each part."""
        return [
            Place(
                part,
                part.url,
                str(part.title),
                part.name == current,
                *(
                    sum(issue.level == level and parts.part_of(issue.field) == part.name for issue in self.issues)
                    for level in ("error", "warning")
                ),
            )
            for part in parts.PARTS.values()
        ]


def fits(form: PieceForm, rules: Mapping[str, Any], *, prefix: str) -> bool:
    """Ask the domain whether this piece of the rules makes sense, and put what it says beside the fields.

    Other parts may be wrong for now: the publishing page lists them. `prefix` is the path of the form's own fields.
    """
    try:
        Rules.from_json(rules)
    except WrongRules as wrong:
        own = form.to_json()
        for path, message in wrong.errors.items():
            if prefix and path.startswith(prefix):
                form.complain(path.removeprefix(prefix), message)
            elif not prefix and path.split(".")[0] in own and path.count(".") < 2:
                form.complain(path, message)
    return not form.errors


def overtaken(other: Draft | None) -> str:
    """What to tell somebody whose draft was changed by another meanwhile."""
    if other is None:
        return _("The draft was published or thrown away meanwhile. Save again to begin a new one with your values.")
    text = _("{name} changed the draft at {moment}. Save again to keep your values on this page.")
    return text.format(name=other.changed_by or _("Somebody"), moment=formatting.short_moment(other.changed_at))
