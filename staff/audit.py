"""The audit trail: one row for each thing a person changed, written in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from staff.actors import Actor
from staff.models import AuditEntry


def record(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    object_kind: str = "",
    object_id: int | None = None,
    object_label: str = "",
    changes: dict[str, list[Any]] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Append to the trail. `changes` maps a field to [before, after]; never put secrets there."""
    return AuditEntry.objects.create(
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:200],
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        object_label=object_label[:200],
        changes=changes or {},
        reason=reason[:500],
        ip=actor.ip,
        request_id=actor.request_id,
    )
