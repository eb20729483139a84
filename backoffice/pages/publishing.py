"""Publishing the draft: what is still wrong, what changes, what the replay said, and from when."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import desk
from backoffice.forms.programme import PublishForm
from backoffice.pages.editor import issues_with_links, revision_of
from backoffice.replay_view import replay_view
from loyalty import drafts
from loyalty.differences import differences
from loyalty.programme import CannotPublish
from loyalty.readiness import can_publish
from loyalty.rules import WrongRules
from staff.actors import staff_actor
from staff.permissions import require


@require("programme.publish")
def page(request: HttpRequest) -> HttpResponse:
    """Readiness, differences, the replay's result, and the button."""
    table = desk.Desk(request, timezone.now())
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        published = _publish(request, table, form)
        if published is not None:
            return published
    context = {
        "table": table,
        "form": form,
        "parts": table.places("publish"),
        "issues": issues_with_links(table),
        "ready": can_publish(table.issues),
        "changed": differences(table.latest.terms, table.rules, table.unit) if table.latest else [],
        "replay": replay_view(table.draft),
    }
    return render(request, "backoffice/editor/publish.html", context, status=422 if form.errors else 200)


def _publish(request: HttpRequest, table: desk.Desk, form: PublishForm) -> HttpResponse | None:
    """Publish and answer; None, with words on the form, when that can't be."""
    begins = form.cleaned_data["begins"] if form.cleaned_data["when"] == "later" else None
    try:
        version = drafts.publish_draft(
            revision=revision_of(request), note=form.cleaned_data["note"], in_force_from=begins,
            actor=staff_actor(request), at=table.at,
        )  # fmt: skip
    except drafts.Overtaken as other:
        form.add_error(None, desk.overtaken(other.draft))
        table.draft = other.draft
        return None
    except drafts.NothingChanged:
        messages.info(request, _("Nothing was changed, so nothing was published."))
        return redirect("backoffice:programme")
    except WrongRules:
        form.add_error(None, _("Some rules make no sense yet. They are listed here."))
        return None
    except CannotPublish as cannot:
        form.add_error("begins" if begins else None, str(cannot))
        return None
    text = _("Version {number} is planned.") if begins else _("Published. Version {number} is in force now.")
    messages.success(request, text.format(number=version.number))
    return redirect("backoffice:programme")
