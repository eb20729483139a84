"""The catalogue's keeper: what it finds in the source, and what it complains about."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from scripts import messages


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a module, a template and no catalogue."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "shop.py").write_text('from django.utils.translation import gettext as _\nprint(_("Hello %(name)s"))\n')
    (tmp_path / "templates/page.html").write_text(
        "{% trans 'Points' %}\n  {% blocktrans count n=n %}{{ n }} order{% plural %}{{ n }} orders{% endblocktrans %}\n"
        "<c-ui.button label=\"{% trans 'Save' %}\" />"
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "KOREAN", tmp_path / "locale/ko/LC_MESSAGES/django.po")
    return tmp_path


def translate(texts: dict[str, str], *, fuzzy: bool = False) -> None:
    catalogue: Catalog = messages.from_source()
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else (message.id or [""])[0]
        if key:
            korean = texts.get(key, "번역")
            message.string = korean if isinstance(message.id, str) else (korean,)
            message.flags |= {"fuzzy"} if fuzzy else set()
    messages.KOREAN.parent.mkdir(parents=True, exist_ok=True)
    with messages.KOREAN.open("wb") as file:
        write_po(file, catalogue)


GOOD = {"Hello %(name)s": "%(name)s님, 안녕하세요", "%(n)s order": "주문 %(n)s건"}


def test_it_finds_texts_in_python_templates_and_attributes(project: Path) -> None:
    found = {messages.shown(message) for message in messages.from_source() if message.id}
    assert found == {"Hello %(name)s", "Points", "Save", "%(n)s order"}


def test_it_names_what_has_no_korean(project: Path) -> None:
    assert len(messages.missing()) == 4


def test_it_is_content_with_a_complete_catalogue(project: Path) -> None:
    translate(GOOD)
    assert messages.missing() == []


def test_it_refuses_fuzzy_translations(project: Path) -> None:
    translate(GOOD, fuzzy=True)
    assert any("fuzzy" in complaint for complaint in messages.missing())


def test_it_refuses_a_lost_placeholder(project: Path) -> None:
    translate({**GOOD, "Hello %(name)s": "안녕하세요"})
    assert any("placeholders" in complaint for complaint in messages.missing())


def test_update_keeps_translations_and_drops_what_is_gone(project: Path) -> None:
    translate({**GOOD, "Points": "포인트"})
    (project / "shop.py").write_text("")
    messages.update()
    kept = messages.stored()
    point = kept.get("Points")
    assert point is not None
    assert point.string == "포인트"
    assert kept.get("Hello %(name)s") is None


def test_compiling_makes_what_django_reads(project: Path) -> None:
    translate(GOOD)
    messages.compile_()
    assert messages.KOREAN.with_suffix(".mo").stat().st_size > 0
