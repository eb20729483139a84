"""The rules of our own for templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import template_rules


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        '<button onclick="go()">',
        '<a href="javascript:go()">',
        '<p class="card ml-2">',
        '<p class="text-left">',
        '<img src="https://cdn.example/x.png">',
        '<link href="//cdn.example/x.css">',
    ],
)
def test_it_names_what_breaks_a_rule(bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_rules, "ROOT", tmp_path)
    page = tmp_path / "page.html"
    page.write_text(f"<h1>fine</h1>\n{bad}\n")
    assert [breach.startswith("page.html:2: ") for breach in template_rules.breaches(page)] == [True]


@pytest.mark.parametrize(
    "good",
    [
        '<script type="module" src="/static/js/x.js"></script>',
        '<p class="ms-2 pe-4 text-start">',
        '<a href="{{ url }}">',
        "{% trans 'right' %}",
    ],
)
def test_it_lets_the_rest_be(good: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_rules, "ROOT", tmp_path)
    page = tmp_path / "page.html"
    page.write_text(good)
    assert template_rules.breaches(page) == []
