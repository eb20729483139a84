"""How a line of a member's history reads."""

from __future__ import annotations

from typing import Any

from django import template

from loyalty import explaining
from loyalty.models import Journal

register = template.Library()

ICONS = {
    Journal.Kind.EARN: "shopping-bag",
    Journal.Kind.MATURE: "circle-check",
    Journal.Kind.CLAW_BACK: "undo-2",
    Journal.Kind.ADJUST: "pencil",
    Journal.Kind.EXPIRE: "hourglass",
    Journal.Kind.HOLD: "gift",
    Journal.Kind.CAPTURE: "gift",
    Journal.Kind.VOID: "rotate-ccw",
    Journal.Kind.REVERSE: "rotate-ccw",
    Journal.Kind.TRANSFER: "link",
    Journal.Kind.WRITE_OFF: "trash-2",
}


@register.filter
def explained(arithmetic: dict[str, Any]) -> str:
    """How the number came about, as one sentence in the reader's language; empty when there is nothing to explain."""
    return explaining.explain(arithmetic) if arithmetic else ""


@register.filter
def kind_icon(kind: str) -> str:
    """The picture of a kind of journal (a Lucide name)."""
    return ICONS[Journal.Kind(kind)]
