"""Python's search for reference cycles, set for programs with large code and short-lived data."""

from __future__ import annotations

import gc

# New objects between two searches; Python's own 700 means a search for every other order of a batch.
YOUNG, MIDDLE, OLD = 10_000, 20, 50


def settle() -> None:
    """Call once all code is loaded: leaves that out of every later search, and searches less often.

    A sixth of a worker's processor time (docs/performance.md). What reference counting frees is freed as before.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
