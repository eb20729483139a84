"""Named places at which a test can have the process killed, to prove that nothing is lost or doubled there.

A test arms one by making a file of its name in the folder `DANGOL_FAILPOINTS`; whoever reaches it takes the file away
and dies, so each kills once. Without that variable, as in production, this does nothing.
"""

from __future__ import annotations

import os
import signal

_FOLDER = os.environ.get("DANGOL_FAILPOINTS")


def reach(name: str) -> None:
    """Die here by SIGKILL if this place is armed; else nothing."""
    if _FOLDER is None:
        return
    try:
        os.unlink(os.path.join(_FOLDER, name))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
