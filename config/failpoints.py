"""Named places at which a test can have the process killed, to prove that nothing is lost or doubled there.

Armed only under the test settings, by `DANGOL_FAILPOINT=name` or `name:3` for the third time it is reached.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_ARMED, _, _TIMES = os.environ.get("DANGOL_FAILPOINT", "").partition(":")
_IN_TESTS = os.environ.get("DJANGO_SETTINGS_MODULE", "") == "config.settings.test"
_reached: Counter[str] = Counter()


def reach(name: str) -> None:
    """Die here by SIGKILL if this place is armed; else nothing."""
    if name != _ARMED or not _IN_TESTS:
        return
    _reached[name] += 1
    if _reached[name] == int(_TIMES or 1):
        os.kill(os.getpid(), signal.SIGKILL)
