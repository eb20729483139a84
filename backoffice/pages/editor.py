"""The programme's editor: the draft at a glance, its parts with a form each, and what the form means as one types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import desk, phone, worth
from backoffice.field_groups import groups
from backoffice.forms.programme import PieceForm
from backoffice.pages.programme import starts
from backoffice.parts import PARTS, RULE_ICONS, Part, where
from loyalty import drafts, pieces
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from loyalty.starts import STARTS, start
from loyalty.words.extra import rule_text
from loyalty.words.rewards import card_text, reward_text, tier_text
from staff.actors import staff_actor
from staff.permissions import require


@require("programme.publish")
def overview(request: HttpRequest) -> HttpResponse:
    """The draft at a glance: each part in a line, what is still wrong, and the recommended starts."""
    table = desk.Desk(request, timezone.now())
    places = [(place, summary(table.rules, place.part.name, table.unit)) for place in table.places()]
    context = {
        "table": table,
        "parts": table.places(),
        "at_glance": True,
        "places_told": places,
        "starts": starts(),
        **seen(request, table, table.rules),
    }
    return render(request, "backoffice/editor/overview.html", context)


@require("programme.publish")
def part(request: HttpRequest, part: str) -> HttpResponse:
    """One part: its own form and its items. Saving keeps them in the draft."""
    spec, table = part_named(part), desk.Desk(request, timezone.now())
    form = part_form(table, spec, request.POST or None)
    if request.method == "POST" and form and form.is_valid() and keep(request, table, spec, form):
        messages.success(request, _("Saved in the draft. Members see nothing of it until you publish."))
        return redirect(f"{spec.url}?seen_in={phone.language_of(request)}")
    context = {"table": table, "part": spec, **page_of(request, table, spec, form)}
    context["items"] = told(table.rules, spec, table.unit)
    return render(request, "backoffice/editor/part.html", context, status=422 if form and form.errors else 200)


def part_form(table: desk.Desk, spec: Part, data: Any) -> PieceForm | None:
    """The form of the part itself; None where it only has items."""
    return spec.form(data, rules=table.rules, unit=table.unit, setting=table.setting) if spec.form else None


def part_named(name: str) -> Part:
    """The part of this name. Raises Http404."""
    if name not in PARTS:
        raise Http404
    return PARTS[name]


def keep(
    request: HttpRequest, table: desk.Desk, spec: Part, form: PieceForm, item: dict[str, Any] | None = None
) -> bool:
    """Save what the form says into the draft; False, with words on the form, when that can't be. `item`: of a list."""
    rules = with_form(table, form, spec.name, item)
    if not desk.fits(form, rules, prefix=prefix_of(table, spec, item)):
        return False
    try:
        drafts.save(rules, revision=revision_of(request), actor=staff_actor(request), at=table.at)
    except drafts.Overtaken as other:
        form.add_error(None, desk.overtaken(other.draft))
        table.draft = other.draft
        return False
    return True


def prefix_of(table: desk.Desk, spec: Part, item: dict[str, Any] | None) -> str:
    """The path of the item's fields in the rules as they will be stored; empty for a part's own form."""
    if item is None:
        return ""
    keys = [known.get("key") for known in pieces.items(table.json, spec.name)]
    index = keys.index(item["key"]) if item["key"] in keys else len(keys)
    return ".".join((*pieces.PATHS[spec.name], str(index), ""))


def with_form(table: desk.Desk, form: PieceForm, part: str, item: dict[str, Any] | None) -> dict[str, Any]:
    """The draft's rules with the values of a valid form."""
    if item is None:
        return {**table.json, **form.to_json()}
    return pieces.with_item(table.json, part, {**item, **form.to_json()})


def revision_of(request: HttpRequest) -> int:
    """Which draft the page showed, as its form says."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else -1


def page_of(request: HttpRequest, table: desk.Desk, spec: Part, form: PieceForm | None) -> dict[str, Any]:
    """What the editor's pages share: the form in groups, the navigation, the phone."""
    rules = as_written(table, spec, form)
    return {
        "form": form,
        "groups": groups(form, rules) if form else [],
        "parts": table.places(spec.name),
        **seen(request, table, rules, spec.name, form),
    }


def as_written(table: desk.Desk, spec: Part, form: PieceForm | None) -> Rules:
    """The draft with what the form says: as sent, or before anybody has typed as if its first values had been sent."""
    if form is None or (form.is_bound and not form.is_valid()):
        return table.rules
    if not form.is_bound:
        form.cleaned_data = {name: cleaned(form, name) for name in form.fields}
    item = {"key": form.key} if form.key else None
    try:
        return drafts.read(with_form(table, form, spec.name, item))
    except (KeyError, TypeError):  # first values that lack something needed
        return table.rules


def cleaned(form: PieceForm, name: str) -> Any:
    """The first value of a field as the form would understand it; None where it would not."""
    from django.forms import ValidationError

    field = form.fields[name]
    try:
        return field.clean(form.get_initial_for_field(field, name))
    except (ValidationError, TypeError, AttributeError):
        return None


def seen(
    request: HttpRequest, table: desk.Desk, rules: Rules, part: str = "", form: PieceForm | None = None
) -> dict[str, Any]:
    """What stands beside the form: examples in money, and the phone."""
    language = phone.language_of(request)
    rule = next((rule for rule in rules.earning if form and form.key == rule.key), None) if part == "rules" else None
    return {
        "rules": rules,
        "examples": worth.examples(rules, table.unit, table.setting, rule=rule),
        "percent": worth.percent_back(rules),
        "screen": phone.screen(request, rules, language, part=part, at=table.at),
        "seen_in": language,
    }


def told(rules: Rules, spec: Part, unit: str) -> list[dict[str, Any]]:
    """The items of a part in plain words, in their order."""
    if spec.item_form is None:
        return []
    lists: dict[str, list[Any]] = {
        "rules": sorted(rules.earning, key=lambda rule: -rule.priority),
        "stamps": list(rules.stamps),
        "tiers": list(rules.tiers.tiers),
        "rewards": list(rules.rewards),
    }
    listed = lists[spec.name]
    return [
        {
            "item": item,
            "text": item_text(item, rules, spec.name, unit),
            "icon": RULE_ICONS.get(getattr(item, "kind", "tier"), "crown" if spec.name == "tiers" else "stamp"),
            "url": reverse("backoffice:programme_item", args=[spec.name, item.key]),
            "first": index == 0,
            "last": index == len(listed) - 1,
        }
        for index, item in enumerate(listed)
    ]


def item_text(item: Any, rules: Rules, part: str, unit: str) -> str:
    """One item in plain words."""
    if part == "rules":
        return rule_text(item, rules, unit)
    if part == "stamps":
        return card_text(item, rules)
    return tier_text(item, rules, unit) if part == "tiers" else reward_text(item, rules, unit)


def summary(rules: Rules, part: str, unit: str) -> str:
    """A part in one line: the names of what it holds, or its main rule."""
    if PARTS[part].item_form is None:
        lines = {line.field: line.value for line in worth.plain(rules, unit)}
        return lines["rate"] if part == "earning" else f"{lines['hold']} · {lines['expiry']}"
    names = [str(told["item"].label) for told in told(rules, PARTS[part], unit)]
    return " · ".join(names) or str(PARTS[part].none)


@require_POST
@require("programme.publish")
def take_start(request: HttpRequest, name: str) -> HttpResponse:
    """Begin the draft afresh with a recommended start."""
    if name not in STARTS:
        raise Http404
    merchant = request.tenant
    rules = start(name, merchant.country, merchant.currency)
    return begin(request, rules.to_json(), _("Filled in. Look through it, change what you like, and publish."))


@require_POST
@require("programme.publish")
def back_to(request: HttpRequest, number: int) -> HttpResponse:
    """Make a draft of an earlier version."""
    earlier = get_object_or_404(ProgrammeVersion, number=number)
    text = _("The draft is now as version {number} was. Nothing changes for members until you publish it.")
    return begin(request, earlier.rules, text.format(number=number))


def begin(request: HttpRequest, rules: dict[str, Any], text: str) -> HttpResponse:
    """Put whole rules in the draft's place."""
    try:
        drafts.save(rules, revision=revision_of(request), actor=staff_actor(request), at=timezone.now())
        messages.success(request, text)
    except drafts.Overtaken as other:
        messages.warning(request, desk.overtaken(other.draft))
    return redirect("backoffice:programme_edit")


@require_POST
@require("programme.publish")
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    try:
        drafts.discard(revision=revision_of(request), actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("The draft is gone. The published rules stay as they are."))
    except drafts.Overtaken as other:
        messages.warning(request, desk.overtaken(other.draft))
        return redirect("backoffice:programme_edit")
    return redirect("backoffice:programme")


def issues_with_links(table: desk.Desk) -> list[dict[str, Any]]:
    """What is to be looked at, each with the address at which it can be mended."""
    return [
        {"message": issue.message, "level": issue.level, "url": where(issue.field, table.json)}
        for issue in table.issues
    ]
