"""What a replay found, for its page and for the page that publishes."""

from __future__ import annotations

from typing import Any

from loyalty.models import Draft


def replay_view(draft: Draft | None) -> dict[str, Any] | None:
    """The state and the result of the draft's replay; None where none was asked for."""
    if draft is None or draft.replay == Draft.Replay.NONE:
        return None
    return {"state": draft.replay, "stale": draft.replay_revision != draft.revision}
