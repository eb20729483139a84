"""A file on its way in, and what each batch of it came to. See docs/imports.md."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One file: what it holds, how its columns are understood, how far it has come."""

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        BALANCES = "balances", _("Points balances")
        ORDERS = "orders", _("Orders")
        # Without a file: the same change for many members. See docs/members.md.
        POINTS = "points", _("Points given or taken")
        TAGS = "tags", _("Tags")
        ENROL = "enrol", _("Enrolment")

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        MAPPING = "mapping", _("Columns to be checked")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Ready to start")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Could not be read")

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.READING)
    source = models.CharField(max_length=40)  # of accounts and orders: a store's public id, or "import"
    file_name = models.CharField(max_length=120)  # as the person knows it, without a path
    path = models.CharField(max_length=100, blank=True)  # in the shop's storage; empty once removed
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=12, blank=True)  # of a CSV; empty for a workbook
    encoding_sure = models.BooleanField(default=True)
    headers = models.JSONField(default=list)
    header_key = models.CharField(max_length=64, blank=True)  # digest of the headers: what mappings are remembered by
    sample = models.JSONField(default=list)  # the first lines
    mapping = models.JSONField(default=dict)  # mapping.Mapping as JSON
    rows = models.PositiveIntegerField(default=0)  # in the file, without its header and blank ones
    row = models.PositiveIntegerField(default=0)  # how many of them the present stage has dealt with
    offset = models.BigIntegerField(default=0)  # byte in the lines where the next chunk begins
    checked = models.JSONField(default=dict)  # what the dry run found: counts and examples by outcome
    done = models.JSONField(default=dict)  # what running came to, the same way
    undone = models.JSONField(default=dict)  # counts of what was taken back, and what was left
    problem = models.JSONField(default=list)  # why it failed: [key of problems.WORDS, details]
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # when the alarm has something to do for it
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    creator_id = models.BigIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], condition=models.Q(due_at__isnull=False), name="import_due")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_bulk(self) -> bool:
        """Whether it is a change for many members, without a file."""
        return self.kind in BULK_KINDS

    @property
    def working(self) -> bool:
        """Whether something happens without anybody's doing."""
        S = Run.State
        return self.state in (S.READING, S.CHECKING, S.RUNNING, S.UNDOING)

    @property
    def percent(self) -> int:
        """How far the present stage has come."""
        return min(100, self.row * 100 // self.rows) if self.rows else 0


FILE_KINDS = (Run.Kind.CUSTOMERS, Run.Kind.BALANCES, Run.Kind.ORDERS)
BULK_KINDS = (Run.Kind.POINTS, Run.Kind.TAGS, Run.Kind.ENROL)


class Chunk(models.Model):
    """One batch of units in the dry run or in earnest."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    real = models.BooleanField()  # False: of the dry run
    offset = models.BigIntegerField()  # byte in the lines where it begins
    outcomes = models.JSONField(default=list)  # [[row of the unit, rows it spans, letter], …]
    problems = models.JSONField(default=dict)  # row: [key of problems.WORDS, details]
    touched: Any = models.JSONField(default=list)  # see undoing.Touched

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "real", "offset"], name="one_chunk_per_place")]
