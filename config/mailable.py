"""Whether mail can be sent to an address at all, which Django's own check of its shape does not ask."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.encoding import punycode
from django.utils.translation import gettext as _


def check_mailable(address: str) -> None:
    """A validator: raises ValidationError for what passes as an address but cannot stand in a mail's header.

    The part before the @ must be ASCII (no SMTPUTF8, RFC 6531), the domain must have an encoded form (RFC 5890).
    """
    local, _at, domain = address.rpartition("@")
    try:
        local.encode("ascii")
        punycode(domain)
    except UnicodeError:
        raise ValidationError(_("No mail can be sent to this address. Please check how it is written.")) from None
