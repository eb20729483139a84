"""A change of many as its page shows it: the effect before, the cost in money, the result after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from backoffice import worth
from backoffice.import_view import TONES, Count
from config import formatting
from imports.bulk import Change, change_of
from imports.models import Run
from imports.outcomes import SKIP, UPDATE
from imports.problems import words
from loyalty.programme import in_force

ICONS = {Run.Kind.POINTS: "coins", Run.Kind.TAGS: "tag", Run.Kind.ENROL: "user-plus"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    run: Run
    icon: str
    tone: str
    title: str
    text: str


def listed(run: Run) -> Listed:
    """A line of the list."""
    members = ngettext("{count} member", "{count} members", run.rows).format(count=formatting.count(run.rows))
    title = f"{run.get_kind_display()}: {run.file_name}" if run.kind != Run.Kind.ENROL else run.get_kind_display()
    tone = TONES.get(Run.State(run.state), "neutral")
    return Listed(run, ICONS[Run.Kind(run.kind)], tone, title, words(*run.problem) if run.problem else members)


def facts_of(run: Run, unit: str, *, at: datetime) -> dict[str, Any]:
    """What the page says of a run."""
    stage, change = run.done or run.checked, change_of(run)
    return {
        "run": run,
        "what": sentence(change, unit),
        "tone": TONES.get(Run.State(run.state), "neutral"),
        "problem": words(*run.problem) if run.problem else "",
        "counts": counts_of(stage, foreseen=not run.done),
        "to_do": stage.get(UPDATE, 0),
        "points": stage.get("points", 0),
        "cost": cost_of(run, stage, at),
        "undone": undone_of(run),
        "left": [{"row": row, "customer": customer, "reason": words(why, {})}
                 for row, customer, _order, why in run.undone.get("listed", [])[:50]],
        "can_undo": run.state in (Run.State.DONE, Run.State.STOPPED) and bool(run.path) and bool(run.done),
        "can_download": bool(run.path) and bool(stage) and not run.working,
        "progress": _("{row} of {rows} members").format(
            row=formatting.count(run.row), rows=formatting.count(run.rows)
        ),
    }  # fmt: skip


def sentence(change: Change, unit: str) -> str:
    """What happens to each of them, in a sentence."""
    if change.kind == Run.Kind.POINTS:
        points = formatting.points(abs(change.points), unit)
        words = _("Each gets {points}: {reason}") if change.points > 0 else _("Each loses {points}: {reason}")
        return words.format(points=points, reason=change.reason)
    if change.kind == Run.Kind.ENROL:
        return _("Guests become members from now on. Joining gives what the programme's rules say.")
    put_on, taken_off = ", ".join(change.add), ", ".join(change.remove)
    if put_on and taken_off:
        return _("Each gets the tags {add} and loses {remove}.").format(add=put_on, remove=taken_off)
    if put_on:
        return _("Each gets the tags {add}.").format(add=put_on)
    return _("Each loses the tags {remove}.").format(remove=taken_off)


def cost_of(run: Run, stage: dict[str, Any], at: datetime) -> str:
    """What it comes to in money by the present programme; empty where nothing can be said."""
    version = in_force(at)
    if version is None:
        return ""
    points = stage.get("points", 0)
    if run.kind == Run.Kind.ENROL:
        joining = [rule for rule in version.terms.earning if rule.kind == "sign_up" and rule.active]
        points = sum(rule.points for rule in joining) * int(stage.get(UPDATE, 0))
    money = worth.money_of(points, version)
    return formatting.money(money, version.terms.currency) if money else ""


def counts_of(stage: dict[str, Any], *, foreseen: bool) -> list[Count]:
    """How many change, and how many are left out with the reasons of the first."""
    labels = {
        UPDATE: (_("Will change") if foreseen else _("Changed"), "success"),
        SKIP: (_("Left out"), "neutral"),
    }
    examples = stage.get("examples", {})
    return [
        Count(label, stage.get(letter, 0), tone, [
            {"row": row, "label": name, "reason": words(*said) if said else ""}
            for row, name, *said in examples.get(letter, [])
        ])
        for letter, (label, tone) in labels.items()
    ]  # fmt: skip


def undone_of(run: Run) -> list[str]:
    """What undoing did, in sentences."""
    sentences = {
        "points": ngettext_lazy("Points of {count} member taken back", "Points of {count} members taken back", "count"),
        "untagged": ngettext_lazy("Tags of {count} member as before", "Tags of {count} members as before", "count"),
        "left_programme": ngettext_lazy("{count} guest again", "{count} guests again", "count"),
        "left": ngettext_lazy("{count} member left as they are", "{count} members left as they are", "count"),
    }
    return [text.format(count=number) for key, text in sentences.items() if (number := run.undone.get(key))]
