"""The name of a shop in its address: made from the shop's name, or wished for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from anyascii import anyascii
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tenants.models import Merchant

LONGEST = 40
# One label of a host name (RFC 1123), without the `xn--` of encoded names.
LABEL = re.compile(r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NOT_FOR_SHOPS = """
about account accounts admin api app apps assets auth autoconfig autodiscover beta billing blog cdn console
dangol dashboard dev developer docs email ftp git help hooks host imap internal ldap legal localhost login mail
media metrics mx news ns ns1 ns2 oauth operator ops outbox pop pop3 portal postmaster private public root
security server shop shops sign-in sign-up signin signup smtp ssl staff staging static status store styles
support system test webhook webhooks webmail webmaster wpad www
"""
RESERVED = frozenset(NOT_FOR_SHOPS.split())


class SlugUnavailable(ValueError):
    """The wished name cannot be a shop's address; the message says why, for the person who chose it."""


def check_slug(slug: str) -> str:
    """The wished slug, if it can be an address and nobody has it. Raises SlugUnavailable."""
    if not LABEL.fullmatch(slug):
        raise SlugUnavailable(_("Use 1 to 40 small letters, digits and hyphens; no hyphen at either end."))
    if slug in RESERVED:
        raise SlugUnavailable(_("This address is reserved. Please choose another."))
    if Merchant.objects.filter(slug=slug).exists():
        raise SlugUnavailable(_("This address is taken. Please choose another."))
    return slug


def slug_for(name: str) -> str:
    """A free slug made from the shop's name: `소담커피` becomes `sodamkeopi`, a second one `sodamkeopi-2`."""
    base = slugify(anyascii(name)).replace("_", "-")[: LONGEST - 6].strip("-") or "my-shop"
    taken = set(Merchant.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    return next(slug for slug in _candidates(base) if slug not in taken)


def _candidates(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
