"""What the components in templates/cotton/ need from Python: icons, initials, form fields with their descriptions."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any

import lucide
from django import forms, template
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
TONES = ("primary", "success", "warning", "danger", "info", "neutral")


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """A Lucide icon in the size of the text around it, hidden from screen readers: the text beside it says it."""
    return _drawn(str(name), str(extra_class))


@lru_cache(maxsize=512)
def _drawn(name: str, extra_class: str) -> SafeString:
    attributes = {"class": f"icon {extra_class}".strip(), "aria-hidden": "true"}
    return mark_safe(lucide._render_icon(name, None, **attributes))  # noqa: S308 - drawn from the package's own files


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> SafeString:
    """What a page put into a block, once more or ahead of its place: a title names the window and is the h1."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks and blocks.blocks[name] else None
    return SafeString(block.render(context).strip()) if block else SafeString("")


@register.filter
def initials(name: str | None) -> str:
    """One or two letters to stand for a name: the first syllable in Hangul, else the first letters of two words."""
    words = [word for word in str(name or "").replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "·"
    first = words[0][0]
    if not first.isascii() or len(words) == 1:
        return first.upper()
    return (first + words[-1][0]).upper()


@register.filter
def tone_of(name: str | None) -> str:
    """A tone that stays the same for the same name."""
    return TONES[zlib.crc32(str(name or "").encode()) % len(TONES)]


@register.filter
def sign(number: int | None) -> str:
    """`plus`, `minus` or nothing, for colouring a change."""
    return "plus" if (number or 0) > 0 else "minus" if (number or 0) < 0 else ""


@register.filter
def unlocalized(number: float) -> str:
    """A number as SVG and CSS write it, whatever the language."""
    return str(number)


@register.filter
def percent_of(value: int, total: int) -> int:
    """Whole percent, 0 when there is no total."""
    return round(100 * value / total) if total else 0


@register.filter
def widget_kind(field: BoundField) -> str:
    """How a field is laid out: `hidden`, `check` (box beside its label), `choices` (a group) or `control`."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    return "check" if isinstance(widget, forms.CheckboxInput) else "control"


@register.filter
def is_select(field: BoundField) -> bool:
    """Whether the field's control is a drop-down, which gets a chevron."""
    return isinstance(field.field.widget, forms.Select) and widget_kind(field) == "control"


@register.simple_tag
def control(field: BoundField, help_text: str = "") -> SafeString:
    """The field's widget with our class, and tied to its help and error for screen readers."""
    describing = [f"{field.auto_id}_help"] if help_text else []
    describing += [f"{field.auto_id}_error"] if field.errors else []
    attributes: dict[str, Any] = {"class": _control_class(field)}
    if describing:
        attributes["aria-describedby"] = " ".join(describing)
    if type(field.form).__module__.startswith("allauth."):
        attributes["placeholder"] = False  # it says once more what the label says
    return field.as_widget(attrs=attributes)


@register.filter
def choices_of(field: BoundField) -> list[Any]:
    """The boxes or circles of a group of choices, each with its own id and label."""
    return list(field.subwidgets)


@register.simple_tag
def choice_box(subwidget: Any) -> SafeString:
    """One box or circle of a group, with our class."""
    subwidget.data["attrs"] = {**subwidget.data["attrs"], "class": "input"}
    return SafeString(subwidget.tag())


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    own = "textarea" if isinstance(widget, forms.Textarea) else "select" if is_select(field) else "input"
    return f"{own} {widget.attrs.get('class', '')}".strip()
