"""The documents say what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_setting_of_the_environment_is_described() -> None:
    read = set()
    for name in ("base", "production"):
        read |= set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / f"config/settings/{name}.py").read_text()))
    described = set(re.findall(r"`([A-Z_]{4,})`", (ROOT / "docs/operating.md").read_text()))
    assert read - described == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_every_command_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (\w+)(?: |`|$)", (ROOT / "README.md").read_text(), re.MULTILINE)) - {"and"}
    assert named <= targets
