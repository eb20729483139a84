"""How an app is allowed into a Cafe24 mall: the owner consents there, and the code they bring back buys tokens.

Source: Cafe24's OAuth 2.0 (developers.cafe24.com, Authentication). A code is good for one minute and one use, a refresh
token for two weeks and one use.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from storefront.platforms.http import ask
from storefront.platforms.interface import PlatformError

SCOPES = (
    "mall.read_store",
    "mall.read_order",
    "mall.read_product",
    "mall.read_category",
    "mall.read_customer",
    "mall.read_privacy",
    "mall.read_promotion",
    "mall.write_promotion",
)
KEPT = ("access_token", "refresh_token", "expires_at", "refresh_token_expires_at", "scopes")


def base_of(settings: Mapping[str, Any]) -> str:
    """Where the mall's API is, without a slash."""
    return str(settings.get("api_url") or f"https://{settings['mall_id']}.cafe24api.com")


def consent_url(settings: Mapping[str, Any], client_id: str, *, redirect_uri: str, state: str) -> str:
    """Where the owner consents. `redirect_uri` must stand in the app's settings, letter by letter."""
    asked = {"response_type": "code", "client_id": client_id, "state": state, "redirect_uri": redirect_uri}
    return f"{base_of(settings)}/api/v2/oauth/authorize?{urlencode({**asked, 'scope': ','.join(SCOPES)})}"


def for_code(
    settings: Mapping[str, Any], credentials: Mapping[str, Any], code: str, *, redirect_uri: str
) -> dict[str, Any]:
    """The credentials with the tokens that this code buys. Raises PlatformError."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _granted(settings, credentials, form)


def renewed(settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The credentials with new tokens; the refresh token given for them is worth nothing from then on."""
    form = {"grant_type": "refresh_token", "refresh_token": str(credentials["refresh_token"])}
    return _granted(settings, credentials, form)


def _granted(settings: Mapping[str, Any], credentials: Mapping[str, Any], form: dict[str, str]) -> dict[str, Any]:
    pair = f"{credentials['client_id']}:{credentials['client_secret']}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    try:
        granted = ask("POST", f"{base_of(settings)}/api/v2/oauth/token", headers=headers, form=form).document
        return {**credentials, **{name: granted[name] for name in KEPT}}
    except PlatformError as error:
        raise PlatformError("wrong_credentials", error.detail) if error.detail.startswith("400") else error from error
    except (KeyError, TypeError) as error:
        raise PlatformError("unexpected", "The answer has no tokens.") from error
