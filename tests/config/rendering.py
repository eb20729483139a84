"""Template text with components, as a template file would be compiled."""

from __future__ import annotations

from django.template import engines
from django_cotton.compiler_regex import CottonCompiler  # type: ignore[import-untyped]


def render(source: str, **context: object) -> str:
    """The HTML of a piece of template."""
    return str(engines["django"].from_string(CottonCompiler().process(source)).render(context))
