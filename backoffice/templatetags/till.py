"""How the till reads what is stored of rewards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from loyalty.names import in_language

register = template.Library()


@register.filter
def reward_name(terms: Mapping[str, Any]) -> str:
    """The reward of a redemption as it was called when it was taken."""
    return in_language(terms["name"])
