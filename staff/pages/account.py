"""My account: who I am here, how I sign in, where I am signed in."""

from __future__ import annotations

from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import language
from staff import addresses, audit, people, sessions
from staff.actors import staff_actor
from staff.forms import AccountForm
from staff.models import User


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """GET: everything about one's own account on one page. POST: name and language."""
    user = _user(request)
    form = AccountForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        return _save(request, user, form)
    context = {
        "form": form,
        "role": user.get_role_display(),
        "is_verified": addresses.is_verified(user),
        "methods": set(Authenticator.objects.filter(user=user).values_list("type", flat=True)),
        "devices": sessions.sessions_of(user, request.session.session_key),
    }
    return render(request, "staff/me.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Send the mail that confirms the address once more; allauth limits how often."""
    if not send_verification_email_for_user(request, _user(request)):
        messages.info(request, _("We sent you a mail a short while ago. Please look also under spam."))
    return redirect("staff:me")


@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """GET: where one is signed in. POST: sign out everywhere but here."""
    user, key = _user(request), request.session.session_key
    if request.method == "POST":
        if sessions.end_others(user, key):
            audit.record("account.sessions_ended", actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("You are signed in only here now."))
        return redirect("staff:sessions")
    return render(request, "staff/devices.html", {"devices": sessions.sessions_of(user, key)})


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one of one's own browsers out."""
    if sessions.end(_user(request), session_id, kept_key=request.session.session_key):
        audit.record("account.sessions_ended", actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("Signed out there."))
    return redirect("staff:sessions")


def _save(request: HttpRequest, user: User, form: AccountForm) -> HttpResponse:
    people.rename(user, **form.cleaned_data, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Saved."))
    response = redirect("staff:me")
    if form.cleaned_data["language"]:
        language.remember(response, form.cleaned_data["language"], secure=request.is_secure())
    else:
        response.delete_cookie("language")
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
