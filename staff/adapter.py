"""How allauth signs in our staff: no open sign-up, our pages and letters, secrets encrypted, changes in the trail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from config import encryption, language
from config.mailable import check_mailable
from staff import audit, letters
from staff.actors import Actor
from staff.models import User

# allauth reports what a person did to their own account by the letter it sends about it.
TRAIL = {
    "account/email/password_changed": "account.password_changed",
    "account/email/password_reset": "account.password_reset",
    "account/email/password_set": "account.password_changed",
    "account/email/email_changed": "account.email_changed",
    "mfa/email/totp_activated": "account.totp_activated",
    "mfa/email/totp_deactivated": "account.totp_deactivated",
    "mfa/email/recovery_codes_generated": "account.recovery_codes_made",
    "mfa/email/webauthn_added": "account.passkey_added",
    "mfa/email/webauthn_removed": "account.passkey_removed",
}


class StaffAdapter(DefaultAccountAdapter):
    """Staff join by invitation or by founding a shop, never by allauth's own sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether to send a person on to `url`: only within this host. ALLOWED_HOSTS may name other shops' too."""
        here = allauth_context.request.get_host()
        return url_has_allowed_host_and_scheme(url, allowed_hosts={here})

    def clean_email(self, email: str) -> str:
        """An address typed into a form of allauth's. Raises ValidationError when no mail can go there."""
        check_mailable(email)
        return str(super().clean_email(email))

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address, unless somebody has joined with it since it was asked for."""
        email = email_address.email
        if User.objects.filter(email=email).exclude(pk=email_address.user_id).exists():
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email})
            return False
        return bool(super().confirm_email(request, email_address))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The backoffice; on the installation's own host, where only operators have accounts, their admin."""
        return "/operator/" if request.tenant.schema_name == "public" else "/backoffice/"

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return "/account/login/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/account/me/"

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return "/account/me/" if self.request.user.is_authenticated else "/account/login/"

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """After signing in, the person's own language is on this browser too."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if user.language:
            language.remember(response, user.language, secure=request.is_secure())
        return response

    def format_email_subject(self, subject: str) -> str:
        return " ".join(f"[{allauth_context.request.tenant.name}] {subject}".split())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As allauth does it, except that a mail server that is down is said on the page and not an error of ours."""
        request = allauth_context.request
        known = {"request": request, "email": email, "shop": request.tenant.name, **context}
        if not letters.deliver(self.render_mail(template_prefix, email, known), kind=template_prefix):
            messages.error(request, _("We could not send an e-mail just now. Please try again in a few minutes."))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Write the change of an account into the trail, and tell the person by mail."""
        action = TRAIL.get(template_prefix)
        if action:
            audit.record(action, actor=self._actor(user), at=timezone.now(), changes=_changes(context), **_object(user))
        super().send_notification_mail(template_prefix, user, context, email)

    def _actor(self, user: User) -> Actor:
        request = allauth_context.request
        return Actor("staff", user.pk, str(user), request.META.get("REMOTE_ADDR") or None, getattr(request, "id", ""))


class StaffMfaAdapter(DefaultMFAAdapter):
    """Second-step secrets encrypted at rest; apps and keys show the shop's name. A passkey belongs to the host."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return str(allauth_context.request.tenant.name)

    def _get_site_name(self) -> str:
        return str(allauth_context.request.tenant.name)


def _changes(context: dict[str, Any] | None) -> dict[str, list[Any]]:
    """The old and new address, when that is what changed."""
    known = context or {}
    return {"email": [known["from_email"], known["to_email"]]} if "to_email" in known else {}


def _object(user: User) -> dict[str, Any]:
    return {"object_kind": "staff", "object_id": user.pk, "object_label": str(user)}
