"""What the public schema knows of every merchant: who they are, where they are reached, what is due."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin


class Merchant(TenantMixin):
    """A shop's business: one tenant, one schema. The row of the schema `public` stands for the installation itself."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSING = "closing", _("Closing")

    auto_create_schema = False  # tenants/provisioning.py claims a ready schema instead
    auto_drop_schema = False

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(max_length=40, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Set while closing: the day from which the schema and files are erased for good.
    erase_after = models.DateTimeField(_("erased after"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=5)
    time_zone = models.CharField(_("time zone"), max_length=50)
    # "#rrggbb" as the merchant chose it; contrast is mended when it is used (config/colour.py).
    brand_colour = models.CharField(max_length=7, default="#0f766e")
    point_unit = models.CharField(max_length=12, default="P")
    till = models.JSONField(default=dict)  # how the till works: preset amounts, limits; backoffice/till_settings.py
    schema_version = models.CharField(_("version of the schema"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"))
    last_active_at = models.DateTimeField(_("last active"), null=True, blank=True)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["schema_version"], name="merchant_by_schema_version")]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The shop's own host below the installation's, e.g. `cafe.localhost`."""
        return f"{self.slug}.{settings.PUBLIC_HOST}"

    def url(self, path: str = "/") -> str:
        """An absolute address at this shop; `path` starts with a slash."""
        from tenants.addresses import shop_url

        return shop_url(self, path)


class Domain(DomainMixin):
    """A host name at which a merchant is reached. Exactly one is primary."""

    class Meta:
        ordering = ["domain"]


class PooledSchema(models.Model):
    """A schema that is ready but belongs to nobody yet: sign-up claims one in milliseconds."""

    schema_name = models.CharField(_("schema"), max_length=63, primary_key=True)
    schema_version = models.CharField(_("version of the schema"), max_length=64)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("ready schema")
        verbose_name_plural = _("ready schemas")


class MigrationSQL(models.Model):
    """The statements that one migration runs in a tenant's schema, recorded once and applied to the whole fleet."""

    position = models.PositiveIntegerField(unique=True)
    app = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    # [[app, name], …]: what django_migrations lists once it is applied; several for a squashed migration.
    records = models.JSONField(default=list)
    statements = models.JSONField()
    # Python code or no transaction: on schemas with data Django's own executor runs it, one by one.
    through_django = models.BooleanField(default=False)
    # The fleet's version once this migration is applied: a digest over all migrations up to here.
    version = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="one_recording_per_migration")]


class Alarm(models.Model):
    """When work of one kind is due for one tenant. One row per schema and kind; see tenants/alarms.py."""

    schema_name = models.CharField(_("schema"), max_length=63)
    kind = models.CharField(_("kind of work"), max_length=40)
    # Null: nothing to do. alarms.AT_ONCE: due already.
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # When the sweep last sent a worker; it does not send another at once.
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # While a worker runs the handler nobody else claims the alarm, until the lease runs out.
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    # Set after a failure: not claimed before, whatever rings in between.
    retry_at = models.DateTimeField(_("tried again"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["schema_name", "kind"], name="one_alarm_per_kind")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="alarm_by_due_at"),
            models.Index(fields=["-failures"], condition=models.Q(failures__gt=0), name="alarm_failing"),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name}/{self.kind}"


class Ring(models.Model):
    """A ring left beside its alarm, because another transaction was writing the alarm's row just then."""

    schema_name = models.CharField(max_length=63)
    kind = models.CharField(max_length=40)
    due_at = models.DateTimeField()


class TrailEntry(models.Model):
    """One thing an operator, or the installation by itself, did to a merchant. Append-only; outlives the merchant."""

    at = models.DateTimeField(_("at"), db_index=True)
    actor_name = models.CharField(_("who"), max_length=200)
    action = models.CharField(_("action"), max_length=40)  # e.g. "merchant.suspended"
    schema_name = models.CharField(max_length=63)
    merchant_name = models.CharField(_("merchant"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("trail entry")
        verbose_name_plural = _("trail")
