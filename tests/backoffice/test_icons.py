"""Icons that templates and code name exist: a missing one would be an error only when its page is shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import context, told
from config.templatetags.ui import icon

ROOT = Path(__file__).resolve().parents[2]
IN_TEMPLATES = re.compile(r"""(?<![-\w])icon(?:-end)?="([a-z0-9-]+)"|{% icon "([a-z0-9-]+)""")


def named() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.html"):
        for one, other in IN_TEMPLATES.findall(path.read_text()):
            yield one or other
    for source in ("checklist", "summary", "timeline"):
        yield from re.findall(r'"((?:[a-z0-9]+-)+[a-z0-9]+|coins|wallet|repeat|users|plug)"', _code(source))
    yield from (name for name, _tone in told.ICONS.values())
    yield from (name for _place, _capability, _label, name in context.PLACES)


def _code(module: str) -> str:
    return (ROOT / "backoffice" / f"{module}.py").read_text()


@pytest.mark.parametrize("name", sorted(set(named())))
def test_an_icon_exists(name: str) -> None:
    assert "<svg" in icon(name)
