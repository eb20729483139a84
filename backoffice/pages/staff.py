"""Who works here: people with their roles, open invitations, and what each role may do."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from config import errors, limits
from staff import invitations, letters, people
from staff.actors import staff_actor
from staff.forms import InviteForm
from staff.invitations import CannotInvite
from staff.models import Invitation, Role, User
from staff.people import CannotChange
from staff.permissions import CAPABILITIES, MEANINGS, require

# Anybody can open a shop, and these mails go to any address with words of theirs in them.
INVITATIONS_A_DAY = 50
FRESH_LINK = "fresh_invitation"  # shown on the next page of the person who made it, and nowhere again


@never_cache
@require("staff.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, open invitations, the table of roles."""
    return _page(request, InviteForm())


@require("staff.edit")
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody: a mail goes out and the link is shown once, to be passed on by hand."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    role = Role(form.cleaned_data["role"])
    if limits.exceeded("invite", "all", limit=INVITATIONS_A_DAY, seconds=24 * 3600):
        return errors.too_many(request)
    try:
        invitation, token = invitations.invite(
            form.cleaned_data["email"], role, actor=staff_actor(request), at=timezone.now()
        )
    except CannotInvite as refusal:
        form.add_error("email", str(refusal))
        return _page(request, form)
    request.session[FRESH_LINK] = {"email": invitation.email, "link": _link(request, token)}
    _tell(request, invitation, token)
    return redirect("backoffice:staff")


@require("staff.edit")
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation worthless."""
    if not invitations.revoke(invitation_id, actor=staff_actor(request), at=timezone.now()):
        return _answer(request, _("This invitation is not open any more."), tone=messages.WARNING)
    return _answer(request, _("The invitation is revoked."))


@require("staff.edit")
@require_POST
def change_role(request: HttpRequest, user_id: int, role: str) -> HttpResponse:
    """Give a person another role."""
    if role not in Role.values:
        raise Http404
    before = _person(user_id).role
    undo = reverse("backoffice:staff_role", args=[user_id, before])
    return _change(request, user_id, lambda: _role_changed(request, user_id, Role(role)), undo=undo)


@require("staff.edit")
@require_POST
def deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Lock a person out at once."""

    def act() -> str:
        user = people.deactivate(user_id, actor=staff_actor(request), at=timezone.now())
        return _("%(name)s cannot sign in any more.") % {"name": user}

    return _change(request, user_id, act, undo=reverse("backoffice:staff_reactivate", args=[user_id]))


@require("staff.edit")
@require_POST
def reactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a person come in again."""

    def act() -> str:
        user = people.reactivate(user_id, actor=staff_actor(request), at=timezone.now())
        return _("%(name)s can sign in again.") % {"name": user}

    return _change(request, user_id, act, undo=reverse("backoffice:staff_deactivate", args=[user_id]))


def _role_changed(request: HttpRequest, user_id: int, role: Role) -> str:
    user = people.change_role(user_id, role, actor=staff_actor(request), at=timezone.now())
    return _("%(name)s: the role is now %(role)s.") % {"name": user, "role": role.label}


def _change(request: HttpRequest, user_id: int, act: Callable[[], str], *, undo: str) -> HttpResponse:
    _person(user_id)
    try:
        return _answer(request, act(), undo=undo)
    except CannotChange as refusal:
        return _answer(request, str(refusal), tone=messages.ERROR)


def _person(user_id: int) -> User:
    user = User.objects.filter(pk=user_id, is_operator=False).first()
    if user is None:
        raise Http404
    return user


def _answer(request: HttpRequest, text: str, *, undo: str = "", tone: int = messages.SUCCESS) -> HttpResponse:
    """Back to the page with a toast; `undo` is an address that takes a POST."""
    messages.add_message(request, tone, text, extra_tags=f"undo:{undo}" if undo else "")
    return redirect("backoffice:staff")


def _page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    context = {
        "form": form,
        "fresh": None if form.is_bound else request.session.pop(FRESH_LINK, None),
        "members": people.members(),
        "invitations": list(invitations.open_invitations(at=timezone.now())),
        "roles": list(Role),
        "table": [(meaning, [role in CAPABILITIES[name] for role in Role]) for name, meaning in MEANINGS.items()],
    }
    return render(request, "backoffice/staff.html", context, status=422 if form.errors else 200)


def _tell(request: HttpRequest, invitation: Invitation, token: str) -> None:
    """Mail the invitation in the shop's language, and say whether that worked."""
    shop = request.tenant
    link = f"{_link(request, token)}?mail={invitations.proof_of_mail(token)}"
    with translation.override(shop.language or None):
        context = {"shop": shop.name, "inviter": str(request.user), "role": invitation.get_role_display(), "link": link}
        sent = letters.send("staff/email/invitation", invitation.email, context)
    if sent:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
    else:
        messages.warning(request, _("We could not send the mail. Please pass the link on yourself."))


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("staff:join", args=[token]))
