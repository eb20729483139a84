"""One import as its page shows it: the columns with what stands in them, counts in words, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from backoffice.forms.imports import MappingForm
from config import formatting
from imports.fields import speaks_of_consent
from imports.models import Run
from imports.outcomes import CREATE, ERROR, SKIP, UPDATE
from imports.problems import words
from imports.uploads import same_before

TONES = {
    Run.State.FAILED: "danger", Run.State.DONE: "success", Run.State.RUNNING: "info", Run.State.CHECKING: "info",
    Run.State.READING: "info", Run.State.UNDOING: "info", Run.State.MAPPING: "warning", Run.State.CHECKED: "warning",
    Run.State.PAUSED: "warning",
}  # fmt: skip
ICONS = {Run.Kind.CUSTOMERS: "users", Run.Kind.BALANCES: "coins", Run.Kind.ORDERS: "shopping-bag"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    run: Run
    icon: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many units came to one outcome, with the first of them."""

    label: str
    number: int
    tone: str
    examples: list[dict[str, Any]]


def listed(run: Run) -> Listed:
    """A line of the list."""
    return Listed(run, ICONS[Run.Kind(run.kind)], TONES.get(Run.State(run.state), "neutral"), _sentence(run))


def _sentence(run: Run) -> str:
    if run.problem:
        return words(*run.problem)
    rows = ngettext("{count} row", "{count} rows", run.rows).format(count=formatting.count(run.rows))
    return (
        _("{kind}, {rows}").format(kind=run.get_kind_display(), rows=rows) if run.rows else str(run.get_kind_display())
    )


def facts_of(run: Run, form: MappingForm | None) -> dict[str, Any]:
    """What the page says of a run besides its form."""
    stage = run.done if run.done else run.checked
    twin = same_before(run) if run.state in (Run.State.MAPPING, Run.State.CHECKED) else None
    return {
        "tone": TONES.get(Run.State(run.state), "neutral"),
        "columns": columns_of(run, form) if form else [],
        "consents_guessable": any(map(speaks_of_consent, run.headers)) and run.kind == Run.Kind.CUSTOMERS,
        "problem": words(*run.problem) if run.problem else "",
        "counts": counts_of(stage, foreseen=not run.done),
        "points": stage.get("points", 0),
        "errors": stage.get(ERROR, 0),
        "to_do": stage.get(CREATE, 0) + stage.get(UPDATE, 0),
        "twin": twin,
        "undone": undone_of(run),
        "left": left_of(run),
        "can_undo": run.state in (Run.State.DONE, Run.State.STOPPED) and bool(run.path) and bool(run.done),
        "can_download": bool(run.path) and bool(stage) and not run.working,
        "progress": _("{row} of {rows} rows").format(row=formatting.count(run.row), rows=formatting.count(run.rows)),
    }


def columns_of(run: Run, form: MappingForm) -> list[dict[str, Any]]:
    """Each column with its choice and the first things that stand in it."""
    return [
        {
            "field": form[f"column_{place}"],
            "header": header,
            "number": place + 1,
            "samples": [row[place] for row in run.sample if place < len(row) and row[place]][:3],
            "consent": speaks_of_consent(header),
        }
        for place, header in enumerate(run.headers)
    ]


def counts_of(stage: dict[str, Any], *, foreseen: bool) -> list[Count]:
    """The outcomes of the dry run or of running, with examples in words."""
    labels = {
        CREATE: (_("To add") if foreseen else _("Added"), "success"),
        UPDATE: (_("To change") if foreseen else _("Changed"), "info"),
        SKIP: (_("Skipped"), "neutral"),
        ERROR: (_("Errors"), "danger"),
    }
    examples = stage.get("examples", {})
    return [
        Count(label, stage.get(letter, 0), tone, [_example(one) for one in examples.get(letter, [])])
        for letter, (label, tone) in labels.items()
    ]


def _example(stored: Sequence[Any]) -> dict[str, Any]:
    row, label, *said = stored
    return {"row": row, "label": label, "reason": words(*said) if said else ""}


def undone_of(run: Run) -> list[str]:
    """What undoing did, in sentences."""
    sentences = {
        "removed": ngettext_lazy("{count} customer removed", "{count} customers removed", "count"),
        "restored": ngettext_lazy("{count} customer restored", "{count} customers restored", "count"),
        "points": ngettext_lazy("{count} balance taken back", "{count} balances taken back", "count"),
        "consents": ngettext_lazy("{count} consent taken back", "{count} consents taken back", "count"),
        "orders_removed": ngettext_lazy("{count} order removed", "{count} orders removed", "count"),
        "orders_cancelled": ngettext_lazy("{count} order cancelled", "{count} orders cancelled", "count"),
        "left": ngettext_lazy("{count} row left as it is", "{count} rows left as they are", "count"),
    }
    return [text.format(count=number) for key, text in sentences.items() if (number := run.undone.get(key))]


def left_of(run: Run) -> list[dict[str, Any]]:
    """What undoing left because it was touched since."""
    return [
        {"row": row, "customer": customer, "order": order, "reason": words(why, {})}
        for row, customer, order, why in run.undone.get("listed", [])[:50]
    ]
