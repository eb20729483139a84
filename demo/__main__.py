"""`python -m demo [--port 8000] [--home FOLDER] [--days 90] [--end-with-parent]`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from config import processes
from config.embedded import CannotStartError
from demo import running
from demo.supervision import Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    options = _options()
    if options.end_with_parent:
        processes.end_with_parent(signal.SIGTERM)
    try:
        with Supervisor() as supervisor:
            running.run(supervisor, home=options.home, port=options.port, days=options.days)
    except Stopped:
        print("\nStopped. Your data is kept; `make demo` starts again with it.", flush=True)
        return 0
    except CannotStartError as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo")
    parser.add_argument("--port", type=_port, default=8000, help="where the web server listens (8000)")
    parser.add_argument("--home", type=Path, default=ROOT / ".dangol" / "demo", help="where the data is kept")
    parser.add_argument("--days", type=int, default=90, help="how many days of orders the shops have behind them (90)")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="stop when the process that started this one ends"
    )
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is no port: choose a number from 1024 to 65535")
    return int(text)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
