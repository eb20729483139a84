"""Forms of the public site that lead to a shop's host."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings


def shop_hosts() -> str:
    """All hosts of shops below the installation's, as a source of the Content-Security-Policy."""
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://*.{parts.netloc}"


# Browsers apply form-action also to the redirect that answers a form, so the strict policy would stop it.
may_lead_to_shops = csp_replace({"form-action": ["'self'", shop_hosts()]})
