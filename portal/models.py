"""How shoppers sign in: a one-time code, then a session of their own kind."""

from __future__ import annotations

from django.db import models

from customers.models import Customer


class SignInCode(models.Model):
    """A six-digit code sent to an address. Only its HMAC is kept; five tries, ten minutes, one use.

    The row is its own outbox: until the mail has left, `sealed_code` holds the code encrypted and `mail_at` says when
    to send it, or to try again; then both are emptied.
    """

    address = models.CharField(max_length=255)  # lower-case e-mail (later also E.164)
    browser_hash = models.CharField(max_length=64, unique=True)  # of the cookie in the browser that asked
    code_hash = models.CharField(max_length=64)
    sealed_code = models.TextField(blank=True)
    language = models.CharField(max_length=5)  # of the page that asked, and so of the mail
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mail_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["mail_at"], condition=models.Q(mail_at__isnull=False), name="code_to_mail"),
            models.Index(fields=["expires_at"], name="code_by_expiry"),
        ]


class ShopperSession(models.Model):
    """A signed-in browser of a shopper. Never a Django session: staff and shoppers do not mix."""

    token_hash = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    user_agent = models.CharField(max_length=200, blank=True)
    # In the frame of a store's pages (portal/widget): it ends when it was to end and never slides.
    embedded = models.BooleanField(default=False)
    # Digest of the store's token that it began with: each begins one session only.
    began_with = models.CharField(max_length=64, null=True, unique=True)
