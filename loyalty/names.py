"""What the merchant calls things, by language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def in_language(name: Mapping[str, str]) -> str:
    """The name in the active language, else in whichever there is."""
    language = (get_language() or "en")[:2]
    return name.get(language) or next((text for text in name.values() if text), "")
