"""The components as pages use them: what they say to people and to screen readers, and that nothing slips through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms

from tests.config.rendering import render

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = {
    f"{path.parent.name}.{path.stem.replace('_', '-')}": path
    for path in TEMPLATES
    if path.parent.parent.name == "cotton"
}
TAG = re.compile(r"<c-([\w.-]+)((?:[^<>\"']|\"[^\"]*\"|'[^']*'|%\}|\{%)*?)/?>")
PHYSICAL = re.compile(r"[\s\"'](-?(?:ml|mr|pl|pr|left|right)-[\w\[\]./-]+|text-(?:left|right))[\s\"']")


class Sample(forms.Form):
    name = forms.CharField(help_text="Members see it.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)
    currency = forms.ChoiceField(choices=[("KRW", "Won")])


def test_a_field_ties_its_label_help_and_error_to_the_control() -> None:
    form = Sample({})
    html = render('<c-ui.field :field="form.name" />', form=form)
    assert '<label class="field-label" for="id_name">' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html


def test_a_field_without_help_or_error_describes_nothing() -> None:
    assert "aria-describedby" not in render('<c-ui.field :field="form.currency" />', form=Sample())


def test_choices_are_a_group_with_a_legend() -> None:
    html = render('<c-ui.field :field="form.kind" />', form=Sample())
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('type="radio"') == 2


def test_a_checkbox_stands_beside_its_label() -> None:
    html = render('<c-ui.field :field="form.agreed" />', form=Sample())
    assert html.index("<input") < html.index('<label for="id_agreed"')


def test_the_summary_of_mistakes_links_to_the_fields() -> None:
    assert 'href="#id_name"' in render('<c-ui.form-errors :form="form" />', form=Sample({}))


def test_a_correct_form_has_no_summary() -> None:
    form = Sample({"name": "x", "kind": "a", "currency": "KRW"})
    assert render('<c-ui.form-errors :form="form" />', form=form).strip() == ""


def test_what_is_no_prop_lands_on_the_element() -> None:
    html = render('<c-ui.button hx-get="/x" disabled data-a="{{ evil }}">Save</c-ui.button>', evil='"><script>')
    assert 'hx-get="/x"' in html
    assert " disabled" in html
    assert "<script>" not in html


def test_a_component_does_not_take_words_from_the_page_around_it() -> None:
    assert "leaked" not in render(
        "<c-ui.card>x</c-ui.card>", title="leaked", actions="leaked", footer="leaked", icon="leaked"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [("filtered", "Nothing matches"), ("forbidden", "Your role cannot see this"), ("start", "Nothing here yet")],
)
def test_the_three_empty_states_say_different_things(kind: str, words: str) -> None:
    assert words in render(f'<c-ui.empty kind="{kind}" />')


def test_a_copy_field_hides_a_secret_until_it_is_shown() -> None:
    html = render('<c-ui.copy label="Secret" secret value="whsec_1" />')
    assert 'type="password"' in html
    assert "data-reveal" in html


@pytest.mark.parametrize(
    ("name", "expected"), [("김민지", "김"), ("Ada Byron", "AB"), ("minji@example.com", "ME"), ("", "·"), ("!", "·")]
)
def test_initials_stand_for_a_name(name: str, expected: str) -> None:
    assert f">{expected}</span>" in render('<c-ui.avatar name="{{ name }}" />', name=name)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_binds_values_only_to_declared_props(path: Path) -> None:
    """A value bound with a colon to what is no prop lands in the markup unescaped: write name="{{ value }}" there."""
    for name, attributes in TAG.findall(path.read_text()):
        bound = set(re.findall(r"(?:^|\s):([\w-]+)=", attributes)) - {"attrs"}
        if name in COMPONENTS and bound:
            declared = re.search(r"<c-vars(.*?)/>", COMPONENTS[name].read_text(), re.DOTALL)
            assert declared
            assert bound <= set(re.findall(r"(?:^|\s):?([\w-]+)(?==|\s|$)", declared[1])), f"{name} in {path}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_keeps_to_the_content_policy_and_to_logical_sides(path: Path) -> None:
    text = path.read_text()
    if "email" in path.parts:
        return
    assert not re.search(r"\sstyle=[\"']", text), "inline styles are refused by the browser: write a class"
    assert not re.search(r"\son[a-z]+=[\"']", text), "inline handlers are refused by the browser: write a module"
    assert not re.search(r"<script(?![^>]*(?:src=|type=.application/json))", text), (
        "inline scripts are refused by the browser"
    )
    assert not PHYSICAL.search(text), "use ms-/me-/ps-/pe-/start-/end-"


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_a_component_that_passes_attributes_on_declares_its_props(name: str) -> None:
    """What is not declared would appear twice: as a variable and as an attribute of the element."""
    text = COMPONENTS[name].read_text()
    if "{{ attrs }}" in text and "chart.frame" not in name:  # the frame is included by charts, which declare
        assert "<c-vars" in text
