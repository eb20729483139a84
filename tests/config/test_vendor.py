"""The check of vendored packages notices what it is for."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_vendor", ROOT / "assets/check_vendor.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENDOR", tmp_path)
    monkeypatch.setattr(module, "MANIFEST", tmp_path / "VENDOR.toml")
    (tmp_path / "thing-1.0").mkdir()
    (tmp_path / "thing-1.0/LICENSE").write_text("MIT")
    (tmp_path / "thing-1.0/thing.js").write_text("1")
    return module


def manifest(checker: ModuleType) -> str:
    files = checker.files_of(checker.VENDOR / "thing-1.0")
    lines = "\n".join(f'"{path}" = "{checker.digest(file)}"' for path, file in files.items())
    return f'[[package]]\nname = "thing"\nversion = "1.0"\n[package.sha256]\n{lines}\n'


def test_the_real_packages_match_their_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("real_check", ROOT / "assets/check_vendor.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main([]) == 0, capsys.readouterr().out


def test_untouched_packages_pass(checker: ModuleType) -> None:
    checker.MANIFEST.write_text(manifest(checker))
    assert checker.check() == []


def test_a_changed_file_is_named(checker: ModuleType) -> None:
    checker.MANIFEST.write_text(manifest(checker))
    (checker.VENDOR / "thing-1.0/thing.js").write_text("2")
    assert checker.check() == ["thing-1.0/thing.js was changed"]


def test_an_unknown_file_is_named(checker: ModuleType) -> None:
    checker.MANIFEST.write_text(manifest(checker))
    (checker.VENDOR / "thing-1.0/more.js").write_text("2")
    assert checker.check() == ["thing-1.0/more.js is not listed in VENDOR.toml"]


def test_a_missing_file_is_named(checker: ModuleType) -> None:
    checker.MANIFEST.write_text(manifest(checker))
    (checker.VENDOR / "thing-1.0/thing.js").unlink()
    assert checker.check() == ["thing-1.0/thing.js is missing"]


def test_a_package_without_a_licence_is_named(checker: ModuleType) -> None:
    (checker.VENDOR / "thing-1.0/LICENSE").unlink()
    checker.MANIFEST.write_text(manifest(checker))
    assert checker.check() == ["thing-1.0 has no licence file"]


def test_an_unlisted_package_is_named(checker: ModuleType) -> None:
    checker.MANIFEST.write_text(manifest(checker))
    (checker.VENDOR / "other-2.0").mkdir()
    assert checker.check() == ["other-2.0 is not listed in VENDOR.toml"]
