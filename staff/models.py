"""The people who work for a merchant, and the trail of what they did. In `public`: the installation's operators."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    CASHIER = "cashier", _("Cashier")
    ANALYST = "analyst", _("Analyst")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        """An operator of the installation; only meaningful in the public schema."""
        return self.create_user(email, password, is_operator=True, **fields)


class User(AbstractBaseUser):
    """A person who signs in with a password: a merchant's staff or, in `public`, an operator."""

    email = models.EmailField(_("e-mail"), unique=True)  # always lower case
    name = models.CharField(_("name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OWNER)
    # Empty: as the shop, then as the browser asks.
    language = models.CharField(_("language"), max_length=5, blank=True)
    pin = models.CharField(max_length=128, blank=True)  # hashed; changes who stands at the till
    views = models.JSONField(default=list)  # saved views of lists: name, page, query, shared
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return self.is_operator

    @property
    def is_superuser(self) -> bool:
        return self.is_operator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Only for Django's admin, which only operators see. Shops use staff.permissions."""
        return self.is_active and self.is_operator

    def has_perms(self, perms: object, obj: object = None) -> bool:
        return self.is_active and self.is_operator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_operator


class Invitation(models.Model):
    """A link that lets one person join the staff in a given role, until it is used, revoked or too old."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class AuditEntry(models.Model):
    """One thing a person changed. Append-only: the database refuses edits (migration 0002)."""

    at = models.DateTimeField(db_index=True)
    # staff, shopper, store, system or operator; the name is kept as it was then.
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60)  # e.g. "points.adjusted"
    object_kind = models.CharField(max_length=30, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=dict)  # {"field": [before, after]}
    reason = models.CharField(max_length=500, blank=True)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_kind", "object_id"], name="audit_by_object")]
