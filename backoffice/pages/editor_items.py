"""The items of the programme's editor: adding, changing, moving, switching off and removing them.

And the preview: what a form means while it is being filled in.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import desk, phone
from backoffice.field_groups import groups
from backoffice.forms.programme import PieceForm
from backoffice.pages import editor
from backoffice.parts import RULE_ICONS, Part, shops
from loyalty import drafts, pieces
from staff.actors import staff_actor
from staff.permissions import require

NEW = "new"
MOST = {"rules": 30, "stamps": 10, "tiers": 10, "rewards": 20}


@require("programme.publish")
def new(request: HttpRequest, part: str) -> HttpResponse:
    """Choose what kind of item to add, then fill it in."""
    spec = editor.part_named(part)
    if spec.item_form is None:
        raise Http404
    kind, table = (request.POST or request.GET).get("kind", ""), desk.Desk(request, timezone.now())
    if spec.kinds and kind not in spec.kinds:
        kinds = [(name, label, RULE_ICONS.get(name, "sparkles")) for name, label in spec.kinds.items()]
        context = {"table": table, "part": spec, "kinds": kinds, "parts": table.places(part)}
        return render(request, "backoffice/editor/kinds.html", context)
    return _item_page(request, table, spec, {"key": pieces.new_key(kind or part)}, kind, is_new=True)


@require("programme.publish")
def item(request: HttpRequest, part: str, key: str) -> HttpResponse:
    """Change one item."""
    spec = editor.part_named(part)
    table = desk.Desk(request, timezone.now())
    known = _known(table, spec, key)
    if known is None:
        messages.info(request, _("This is no longer in the draft."))
        return redirect(spec.url)
    return _item_page(request, table, spec, known, known.get("kind", ""))


def _known(table: desk.Desk, spec: Part, key: str) -> dict[str, Any] | None:
    if spec.item_form is None:
        raise Http404
    return next((item for item in pieces.items(table.json, spec.name) if item.get("key") == key), None)


def _item_page(
    request: HttpRequest, table: desk.Desk, spec: Part, item: dict[str, Any], kind: str, *, is_new: bool = False
) -> HttpResponse:
    form = form_of(request, table, spec, item["key"], kind)
    sent = request.method == "POST" and form.is_valid() and _room(table, spec, form, is_new=is_new)
    if sent and editor.keep(request, table, spec, form, item):
        messages.success(request, _("Saved in the draft. Members see nothing of it until you publish."))
        return redirect(f"{spec.url}?seen_in={phone.language_of(request)}")
    listed = editor.told(table.rules, spec, table.unit)
    context = {
        "table": table, "part": spec, "kind": kind, "kind_label": spec.kinds.get(kind, ""),
        "known": next((told for told in listed if told["item"].key == item["key"]), None),
        "key": "" if is_new else item["key"], **editor.page_of(request, table, spec, form),
    }  # fmt: skip
    return render(request, "backoffice/editor/item.html", context, status=422 if form.errors else 200)


def form_of(request: HttpRequest, table: desk.Desk, spec: Part, key: str, kind: str) -> PieceForm:
    """The form for one item of the draft, or for a new one."""
    listed: dict[str, tuple[Any, ...]] = {
        "rules": table.rules.earning,
        "stamps": table.rules.stamps,
        "tiers": table.rules.tiers.tiers,
        "rewards": table.rules.rewards,
    }
    known = next((item for item in listed[spec.name] if item.key == key), None)
    more = {"stores": shops()} if spec.name == "rules" else {}
    data = request.POST if request.method == "POST" else None
    form: PieceForm = spec.item_form(
        data, rules=table.rules, unit=table.unit, setting=table.setting, key=key or NEW, kind=kind, item=known, **more
    )
    return form


def _room(table: desk.Desk, spec: Part, form: PieceForm, *, is_new: bool) -> bool:
    if is_new and len(pieces.items(table.json, spec.name)) >= MOST[spec.name]:
        form.add_error(None, _("That is enough: at most {most} here.").format(most=MOST[spec.name]))
        return False
    return True


@require_POST
@require("programme.publish")
def act(request: HttpRequest, part: str, key: str, act: str) -> HttpResponse:
    """Move an item, switch it on or off, or remove it from the draft."""
    spec, table = editor.part_named(part), desk.Desk(request, timezone.now())
    if spec.item_form is None or act not in ("up", "down", "on", "off", "remove"):
        raise Http404
    rules = {
        "up": lambda: pieces.moved(table.json, part, key, -1),
        "down": lambda: pieces.moved(table.json, part, key, 1),
        "on": lambda: pieces.switched(table.json, part, key, on=True),
        "off": lambda: pieces.switched(table.json, part, key, on=False),
        "remove": lambda: pieces.without(table.json, part, key),
    }[act]()
    try:
        drafts.save(rules, revision=editor.revision_of(request), actor=staff_actor(request), at=table.at)
    except drafts.Overtaken as other:
        messages.warning(request, desk.overtaken(other.draft))
    return redirect(spec.url)


@require_POST
@require("programme.publish")
def preview(request: HttpRequest) -> HttpResponse:
    """What the form as it stands means: a sentence beside each field, examples in money, and the phone."""
    table = desk.Desk(request, timezone.now())
    spec = editor.part_named(request.POST.get("part", ""))
    key, is_item = request.POST.get("key", ""), "item" in request.POST
    form = _previewed(request, table, spec, key, is_item=is_item)
    context: dict[str, Any] = {"table": table, "part": spec, "form": form}
    if form is not None and form.is_valid():
        rules = editor.as_written(table, spec, form)
        context |= {"groups": groups(form, rules), **editor.seen(request, table, rules, spec.name, form)}
    return render(request, "backoffice/editor/seen.html", context)


def _previewed(request: HttpRequest, table: desk.Desk, spec: Part, key: str, *, is_item: bool) -> PieceForm | None:
    if not is_item:
        return editor.part_form(table, spec, request.POST)
    kind = request.POST.get("kind", "")
    if spec.item_form is None or (spec.kinds and kind not in spec.kinds):
        raise Http404
    return form_of(request, table, spec, key, kind)
