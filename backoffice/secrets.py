"""A secret that is shown once: kept, encrypted, from the request that made it to the next page."""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from django.http import HttpRequest

from config.encryption import decrypt, encrypt
from storefront.models import Store

KEY = "secret_to_show"


def keep_for_next_page(request: HttpRequest, store: Store, secret: str, *, what: str = "") -> None:
    """Have the store's next page show this secret; `what` tells secrets of one store apart."""
    if not secret:
        return
    request.session[KEY] = [store.public_id + what, encrypt(secret)]


def shown_once(request: HttpRequest, store: Store, *, what: str = "") -> str:
    """The secret to show on this store's page, gone afterwards; empty when there is none."""
    name, ciphertext = request.session.get(KEY, ["", ""])
    if name != store.public_id + what:
        return ""
    del request.session[KEY]
    try:
        return decrypt(ciphertext)
    except InvalidToken:
        return ""
