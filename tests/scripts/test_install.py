"""What `make install` says when it cannot."""

from __future__ import annotations

import sys

import pytest

from scripts import install


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: command 'gcc' failed: No such file or directory", "no C compiler"),
        ("error: command '/usr/bin/x86_64-linux-gnu-gcc' failed with exit code 1", "no C compiler"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("Failed to establish a new connection: [Errno 111] Connection refused", "cannot be downloaded"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "may not write"),
    ],
    ids=["full disk", "no compiler", "compiler fails", "hash", "network", "permission"],
)
def test_a_failure_becomes_one_sentence(output: str, words: str) -> None:
    with pytest.raises(install.CannotInstallError, match=words) as caught:
        install.run([sys.executable, "-c", f"import sys; print({output!r}); sys.exit(1)"])
    assert "\n" not in str(caught.value)


def test_an_unknown_failure_is_shown_as_it_is() -> None:
    with pytest.raises(install.CannotInstallError, match="something else"):
        install.run([sys.executable, "-c", "import sys; print('something else'); sys.exit(1)"])


def test_an_old_python_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 9, 2))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(install.CannotInstallError, match=r"needs Python 3.11 or newer, and this is 3.9"):
        install.check_python()


def test_a_full_disk_is_told_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "NEEDED_MEGABYTES", 10**9)
    with pytest.raises(install.CannotInstallError, match="almost full"):
        install.check_space()


def test_it_does_nothing_twice(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    venv = tmp_path_factory.mktemp("venv")
    monkeypatch.setattr(install, "VENV", str(venv))
    monkeypatch.setattr(install, "PYTHON", sys.executable)
    (venv / ".installed").write_text(install.digest(["requirements.txt"]))
    monkeypatch.setattr(install, "make_environment", lambda: pytest.fail("it made another environment"))
    assert install.main([]) == 0
