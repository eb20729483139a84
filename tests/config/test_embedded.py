"""The embedded PostgreSQL and Valkey: they start, stop, survive, and say clearly why they cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded, processes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach when root runs the tests, as pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="dangol-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_data_outlives_a_stop(home: Path) -> None:
    with embedded.services(home) as running, psycopg.connect(running.addresses.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    with embedded.services(home) as running, psycopg.connect(running.addresses.database_url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_valkey_answers_at_its_address(home: Path) -> None:
    with embedded.services(home) as running:
        assert redis.Redis.from_url(running.addresses.cache_url).ping()


def test_a_folder_with_a_long_korean_name_works(home: Path) -> None:
    home = home / "단골손님이 아주 많은 가게의 아주 긴 이름을 가진 폴더" / ("deep" * 20)
    with embedded.services(home) as running:
        psycopg.connect(running.addresses.database_url).close()


def test_nobody_else_may_enter_the_sockets_folder(home: Path) -> None:
    with embedded.services(home):
        assert (home / "run").stat().st_mode & 0o077 == 0


def test_a_second_start_from_one_folder_is_refused(home: Path) -> None:
    refused = pytest.raises(embedded.CannotStartError, match="already runs")
    with embedded.services(home), refused, embedded.services(home):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_a_folder_closed_to_others_stays_closed(home: Path) -> None:
    home.chmod(0o700)
    place = embedded.place(home / "project")
    try:
        with embedded.services(home / "project") as running:
            psycopg.connect(running.addresses.database_url).close()
        assert home.stat().st_mode & 0o077 == 0
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_two_folders_run_beside_each_other(home: Path) -> None:
    with embedded.services(home / "one") as one, embedded.services(home / "two") as two:
        assert one.addresses != two.addresses


def test_data_of_another_major_version_is_refused_in_words(home: Path) -> None:
    (home / "postgresql").mkdir()
    (home / "postgresql" / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.CannotStartError, match="made by PostgreSQL 12"), embedded.services(home):
        pass


def test_a_full_disk_is_told_in_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.embedded.places.NEEDED_MEGABYTES", 10**9)
    with pytest.raises(embedded.CannotStartError, match="disk is almost full"), embedded.services(home):
        pass


def test_a_place_that_is_no_folder_is_told_in_one_sentence(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(embedded.CannotStartError, match="cannot use"), embedded.services(home / "file" / "home"):
        pass


def test_a_pid_file_of_a_machine_that_lost_power_is_no_obstacle(home: Path) -> None:
    with embedded.services(home):
        pass
    # The pid belongs to a stranger by now: to this very process.
    (home / "postgresql" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n0\n5432\n\n\n")
    with embedded.services(home) as running:
        psycopg.connect(running.addresses.database_url).close()


def test_they_end_when_their_owner_is_killed(home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config import embedded\n"
        "with embedded.services(Path(sys.argv[1])) as running:\n"
        "    print(*(p.pid for p, _ in running.processes.values()), flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    children = [int(pid) for pid in owner.stdout.readline().split()]
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert len(children) == 2
    assert processes.wait_until(lambda: not any(map(processes.alive, children)), seconds=20)
