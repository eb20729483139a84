"""The demo's outbox."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def outbox(tmp_path: Path, settings: Settings) -> Path:
    settings.SHOW_OUTBOX = True
    settings.OUTBOX = tmp_path
    return tmp_path


def send(subject: str, text: str = "Hello") -> None:
    get_connection("config.outbox.Backend").send_messages([EmailMessage(subject, text, to=["jiwoo@shop.example"])])


def page(**headers: str) -> str:
    return Client(headers={"host": "localhost", **headers}).get("/outbox/").content.decode()


def test_it_shows_mails_newest_first(outbox: Path) -> None:
    send("First")
    send("두 번째")
    shown = page()
    assert shown.index("두 번째") < shown.index("First")


def test_it_offers_the_code_of_a_mail_to_copy(outbox: Path) -> None:
    send("소담커피: 482 913", "Type this code")
    assert 'value="482 913"' in page()


def test_it_refreshes_only_the_mails(outbox: Path) -> None:
    send("Hello")
    part = page(hx_request="true")
    assert "Hello" in part
    assert "<html" not in part


def test_it_escapes_what_a_mail_says(outbox: Path) -> None:
    send("<script>alert(1)</script>", "<b>bold</b>")
    assert "<script>alert" not in page()
    assert "<b>bold" not in page()


def test_it_keeps_only_the_newest(outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.outbox.KEPT", 2)
    for subject in ("one", "two", "three"):
        send(subject)
    assert len(list(outbox.iterdir())) == 2


def test_it_does_not_exist_outside_the_demo() -> None:
    assert Client(headers={"host": "localhost"}).get("/outbox/").status_code == 404


def test_it_is_not_on_a_shops_host(outbox: Path) -> None:
    assert Client(headers={"host": "cafe.localhost"}).get("/outbox/").status_code == 404
