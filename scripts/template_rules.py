"""Rules of our own for templates and scripts: each names the file, the line and what to write instead."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the strict Content-Security-Policy would refuse in a browser, what breaks right-to-left, what leaves this host.
RULES = (
    (r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", "put the script into a file under static/js"),
    (r"\sstyle=", "put the style into assets/css"),
    (r"<style\b", "put the style into assets/css"),
    (r"\son(click|change|submit|load|input|keydown|error)=", "attach the behaviour in a module under static/js"),
    (r"\bjavascript:", "use a button and a module under static/js"),
    (r"class=\"[^\"]*(?<![\w-])(-?[mp][lr]|-?left|-?right|border-[lr]|rounded-[lr]|text-left|text-right)(?=[-\s\"])",
     "use the logical utility: ms- me- ps- pe- start- end- text-start text-end"),
    (r"(src|href)=\"(https?:)?//", "nothing comes from another host"),
)  # fmt: skip
LEFT_OUT = ("templates/email/",)  # mail programs know no stylesheet files


def breaches(path: Path) -> list[str]:
    """What one template does against the rules."""
    text, name = path.read_text(), str(path.relative_to(ROOT))
    return [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {found[0].strip()[:60]!r}: {instead}"
        for pattern, instead in RULES
        for found in re.finditer(pattern, text)
    ]


def main() -> int:
    templates = (path for path in sorted((ROOT / "templates").rglob("*.html")))
    found = [
        breach
        for path in templates
        if not str(path.relative_to(ROOT)).startswith(LEFT_OUT)
        for breach in breaches(path)
    ]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
