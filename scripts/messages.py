"""The Korean catalogue: `update` it from the source, `compile` it, tell what is `missing`. Needs no GNU gettext.

Babel reads Python; Django's own `templatize` turns a template into something that Babel reads as Python.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
KOREAN = ROOT / "locale/ko/LC_MESSAGES/django.po"
LEFT_OUT = {
    ".venv",
    ".dangol",
    ".git",
    "tests",
    "benchmarks",
    "scripts",
    "assets",
    "static",
    "staticfiles",
    "locale",
    "node_modules",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def update() -> None:
    """Bring the catalogue up to the source: new texts come in empty, gone ones leave."""
    catalogue = stored()
    catalogue.update(from_source(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    KOREAN.parent.mkdir(parents=True, exist_ok=True)
    with KOREAN.open("wb") as file:
        write_po(
            file,
            catalogue,
            width=110,
            omit_header=False,
            sort_by_file=False,
            include_lineno=False,
            ignore_obsolete=True,
        )


def compile_() -> None:
    """Write the .mo file that Django reads, when it is older than the catalogue."""
    target = KOREAN.with_suffix(".mo")
    if KOREAN.exists() and not (target.exists() and target.stat().st_mtime > KOREAN.stat().st_mtime):
        with target.open("wb") as file:
            write_mo(file, stored())


def missing() -> list[str]:
    """What keeps the Korean from being complete: a sentence for each text."""
    catalogue, wrong = stored(), []
    for message in from_source():
        if message.id:
            wrong += [
                f"{places_of(message)}: {shown(message)!r} {complaint}" for complaint in complaints(catalogue, message)
            ]
    return wrong


def complaints(catalogue: Catalog, message: Message) -> Iterator[str]:
    """What is wrong with the Korean of one text of the source."""
    found = catalogue.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
    if found is None or not found.string or not all(found.string):
        yield "has no Korean translation"
        return
    if found.fuzzy:
        yield "is marked fuzzy"
    wanted = placeholders(message.id)
    if placeholders(found.string) != wanted:
        yield f"must have the placeholders {', '.join(sorted(wanted)) or 'of the English: none'}"


def placeholders(texts: str | tuple[str, ...] | list[str]) -> set[str]:
    """What is filled in, in any of the forms: `%(name)s` and `{name}`."""
    return set(PLACEHOLDER.findall(texts if isinstance(texts, str) else " ".join(texts)))


def stored() -> Catalog:
    """The catalogue as it is kept."""
    if not KOREAN.exists():
        return Catalog(locale="ko", project="Dangol", charset="utf-8")
    with KOREAN.open("rb") as file:
        return read_po(file, locale="ko")


def from_source() -> Catalog:
    """All texts that the source marks for translation."""
    catalogue = Catalog(locale="ko", project="Dangol", charset="utf-8")
    for path in sorted(sources()):
        code = path.read_text()
        if path.suffix != ".py":
            code = flat(templatize(code))
        for line, texts, comments, context in extract("python", io.BytesIO(code.encode()), KEYWORDS, ["Translators:"]):
            catalogue.add(
                texts, locations=[(str(path.relative_to(ROOT)), line)], auto_comments=comments, context=context
            )
    return catalogue


def sources() -> Iterator[Path]:
    """Every Python file and template of the product."""
    for pattern in ("*.py", "templates/**/*.html", "templates/**/*.txt", "templates/**/*.svg"):
        for path in ROOT.rglob(pattern) if pattern == "*.py" else ROOT.glob(pattern):
            if not LEFT_OUT & set(path.relative_to(ROOT).parts):
                yield path


def flat(code: str) -> str:
    """Without indentation, which means nothing in a template and much in Python."""
    return "\n".join(line.strip() for line in code.splitlines())


def places_of(message: Message) -> str:
    return ", ".join(dict.fromkeys(file for file, _line in message.locations))


def shown(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main(verb: str) -> int:
    """Do what the verb says; `missing` exits with 1 when something is."""
    if verb == "update":
        update()
    if verb in ("update", "compile"):
        compile_()
    if verb == "missing":
        wrong = missing()
        print("\n".join(wrong))
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
