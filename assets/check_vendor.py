"""Check that every vendored file is the one that was vendored: known, unchanged, with a licence. No network.

`python assets/check_vendor.py` exits 1 and names each difference. `--print PACKAGE` prints the hash
lines of a folder, for a package that is being added by hand.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path

VENDOR = Path(__file__).resolve().parent / "vendor"
MANIFEST = VENDOR / "VENDOR.toml"


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """Every file of a package by its path inside the package's folder."""
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def differences(package: dict[str, object]) -> list[str]:
    """What is wrong with one package, as sentences."""
    name = f"{package['name']}-{package['version']}"
    found, expected = files_of(VENDOR / name), dict(package["sha256"])  # type: ignore[call-overload]
    wrong = [f"{name}/{path} is missing" for path in expected.keys() - found.keys()]
    wrong += [f"{name}/{path} is not listed in VENDOR.toml" for path in found.keys() - expected.keys()]
    both = expected.keys() & found.keys()
    wrong += [f"{name}/{path} was changed" for path in both if digest(found[path]) != expected[path]]
    if not any(path.upper().startswith("LICENSE") for path in found):
        wrong.append(f"{name} has no licence file")
    return sorted(wrong)


def check() -> list[str]:
    """All differences between the vendor folder and its manifest."""
    packages = tomllib.loads(MANIFEST.read_text())["package"]
    known = {f"{package['name']}-{package['version']}" for package in packages} | {MANIFEST.name}
    wrong = [f"{path.name} is not listed in VENDOR.toml" for path in sorted(VENDOR.iterdir()) if path.name not in known]
    return wrong + [line for package in packages for line in differences(package)]


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--print"]:
        print("\n".join(f'"{path}" = "{digest(file)}"' for path, file in files_of(VENDOR / arguments[1]).items()))
        return 0
    wrong = check()
    print("\n".join(wrong) if wrong else "vendored packages match their hashes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
