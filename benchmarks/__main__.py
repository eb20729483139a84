"""`python -m benchmarks`: all benchmarks, one after another, as a table. Exits 1 when one does not reach its mark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

# name: what must hold, as key, comparison and bound.
REACH: dict[str, list[tuple[str, str, float]]] = {
    "provision": [("ratio", "<=", 0.05), ("cold", "<=", 400)],
    "fleet_migrate": [("value", "<=", 10)],
    "ledger": [("value", ">=", 2_000), ("ratio", ">=", 0.3), ("bulk", ">=", 20_000)],
    "earning": [("value", ">=", 10_000)],
    "redeem": [("ratio", ">=", 0.4)],
    "portal_home": [("ratio", "<=", 4), ("queries", "<=", 8), ("kilobytes", "<=", 60)],
    "intake": [("value", ">=", 1_500), ("ratio", ">=", 0.7), ("p99", "<=", 50)],
    "orders": [("value", ">=", 1_500), ("fairness", "<=", 2)],
    "orders_growth": [("ratio", ">=", 0.7)],
    "growth": [("ratio", "<=", 1.3)],
    "idle": [("ratio", "<=", 1.2)],
    "import": [("value", ">=", 834), ("megabytes", "<=", 300)],
    "expiry": [("value", "<=", 90)],
    "replay": [("value", "<=", 30)],
}


def main() -> int:
    missed = [name for name in REACH if not show(name)]
    if missed:
        print(f"\nNot reached: {', '.join(missed)}")
    return bool(missed)


def show(name: str) -> bool:
    """Run one benchmark and print its line; whether it reaches its mark."""
    found = run(name)
    if found is None:
        print(f"{name:15} failed", flush=True)
        return False
    marks = [mark(found, *condition) for condition in REACH[name]]
    print(f"{name:15} {found['value']:>10,} {found['unit']:18} {'  '.join(text for text, _ in marks)}", flush=True)
    return all(reached for _, reached in marks)


def run(name: str) -> dict[str, Any] | None:
    """The last line of `python -m benchmarks.<name>`, or None when it fails."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    last: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return last


def mark(found: dict[str, Any], key: str, comparison: str, bound: float) -> tuple[str, bool]:
    """One condition as text with a tick or a cross, and whether it holds."""
    value = found.get(key, float("nan"))
    reached = value <= bound if comparison == "<=" else value >= bound
    return f"{'✓' if reached else '✗'} {key} {value:,} ({comparison} {bound:,})", reached


if __name__ == "__main__":
    sys.exit(main())
