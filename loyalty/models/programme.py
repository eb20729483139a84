"""The programme: published versions, and the draft of the next one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import orjson
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from loyalty.rules import Rules


class ProgrammeVersion(models.Model):
    """The published rules as of one moment. Immutable; a change publishes the next version."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()  # as stored; `terms` reads it
    in_force_from = models.DateTimeField()
    published_at = models.DateTimeField()
    # Kept as it was then: a name that changes or a user who leaves must not touch an immutable row.
    published_by = models.CharField(max_length=200, blank=True)
    publisher_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    # The last member whom its tiers have reached; null: nobody is to be placed (any more). The one thing that changes.
    tiers_cursor = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}"

    @cached_property
    def terms(self) -> Rules:
        """The rules, typed. Read and made ready for orders once for all batches that meet the version."""
        from loyalty.rules import stored_rules

        return stored_rules(orjson.dumps(self.rules))


class Draft(models.Model):
    """The programme being written, and the replay of past orders by it. One row, or none."""

    class Replay(models.TextChoices):
        NONE = "none", _("Not asked for")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    rules = models.JSONField()  # may make no sense yet
    based_on = models.PositiveIntegerField(null=True)  # number of the version it began as
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=0)  # two who edit at once do not overwrite each other
    replay = models.CharField(max_length=7, choices=Replay, default=Replay.NONE)
    replay_days = models.PositiveSmallIntegerField(default=90)
    replay_revision = models.PositiveIntegerField(default=0)  # of the rules that were replayed
    replay_asked_at = models.DateTimeField(null=True)
    replay_progress = models.JSONField(default=dict)  # cursor, done, of, state of members
    replay_result = models.JSONField(default=dict)
