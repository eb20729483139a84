"""Coming in for the first time: by an invitation, or from the public site as the founder of a shop."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from staff import handoff, invitations
from staff.actors import Actor
from staff.forms import JoinForm
from staff.invitations import NotAnInvitation

BACKOFFICE = "/backoffice/"


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link. A wrong, used, revoked and an old link all get the same answer."""
    try:
        invitation = invitations.find(token, at=timezone.now())
        form = JoinForm(request.POST or None, email=invitation.email)
        if request.method == "POST" and form.is_valid():
            return _accept(request, token, form)
    except NotAnInvitation:
        return render(request, "staff/join_closed.html", status=404)
    context = {"form": form, "invitation": invitation, "proof": request.GET.get("mail", "")}
    return render(request, "staff/join.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The founder of a new shop comes over from the public site; an old or used token leads to sign-in."""
    user = handoff.redeem(token, at=timezone.now())
    if user is None:
        return redirect("account_login")
    return perform_login(request, user, redirect_url=BACKOFFICE, signup=True)


def _accept(request: HttpRequest, token: str, form: JoinForm) -> HttpResponse:
    user = invitations.accept(
        token,
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
        proof=request.POST.get("proof", ""),
        actor=Actor("staff", ip=request.META.get("REMOTE_ADDR") or None, request_id=getattr(request, "id", "")),
        at=timezone.now(),
    )
    return perform_login(request, user, redirect_url=BACKOFFICE, signup=True)
