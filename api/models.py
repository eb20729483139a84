"""Keys of the merchant's programs, and what those programs were answered when they asked for a change."""

from __future__ import annotations

from django.db import models


class ApiKey(models.Model):
    """What a program of the merchant shows to be let in. Only its hash is kept; the key itself was shown once."""

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the key, in hex
    prefix = models.CharField(max_length=20)  # the beginning, to recognise it by
    test = models.BooleanField(default=False)  # everything runs, and is rolled back
    scopes = models.JSONField(default=list)  # keys.SCOPES
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # good to a minute

    def __str__(self) -> str:
        return self.name


class IdempotentCall(models.Model):
    """A call that was carried out, with its answer, written in the same transaction as its effect."""

    api_key = models.ForeignKey(ApiKey, db_index=False, on_delete=models.CASCADE, related_name="calls")
    key = models.CharField(max_length=255)  # the Idempotency-Key
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()  # encrypted: it may hold a secret that is shown once
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="one_call_per_key")]
