"""The map at the room's door."""

from __future__ import annotations

import re
from pathlib import Path

import loyalty

FILES = {path.stem for path in Path(loyalty.__file__).parent.glob("*.py")} - {"__init__", "apps"}


def test_it_names_every_file() -> None:
    named = set(re.findall(r"\w+", loyalty.__doc__ or ""))
    assert sorted(FILES - named) == []
