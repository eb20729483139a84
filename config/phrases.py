"""What Django and allauth say to people, said our way: our catalogue stands before theirs.

Nothing imports this. It lists their texts, letter by letter, so that `make messages` finds them; in English they stay.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

FORMS = [
    _("This field is required."),
    _("Enter a valid email address."),
    _("Enter a valid value."),
    _("Enter a whole number."),
    _("Enter a valid date."),
]
PASSWORDS = [
    _("The password is too similar to the %(verbose_name)s."),
    _("This password is too common."),
    _("This password is entirely numeric."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        10,
    ),
    _("You must type the same password each time."),
    _("Please type your current password."),
    _("Incorrect password."),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
]
SIGN_IN = [
    _("The email address and/or password you specified are not correct."),
    _("This account is currently inactive."),
    _("Too many failed login attempts. Try again later."),
    _("Be patient, you are sending too many requests."),
    _("Incorrect code."),
    _("Invalid or expired key."),
    _("Use your password"),
    _("Use authenticator app or code"),
    _("Use a security key"),
    _("You cannot activate two-factor authentication until you have verified your email address."),
    _("You cannot add an email address to an account protected by two-factor authentication."),
    _("This email address is already associated with this account."),
    _("A user is already registered with this email address."),
    _("Forgot your password?"),
    _("Code"),
    _("Authenticator code"),
]
