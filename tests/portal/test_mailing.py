"""The mail with the code: readable, harmless, and not lost with a worker."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from django_tenants.utils import tenant_context

from portal import codes, mailing
from portal.models import SignInCode
from tenants.alarms import drain
from tenants.models import Alarm, Merchant
from tests.conftest import client_of
from tests.portal.browsing import ask, code_for, enter
from tests.portal.shopping import MINA

pytestmark = pytest.mark.django_db


class Refusing(EmailBackend):
    """A mail server that refuses the addresses in `refusals` with the given error."""

    refusals: dict[str, Exception] = {}

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if error := self.refusals.get(message.to[0]):
                raise error
        return super().send_messages(messages)


@pytest.fixture
def refusals(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Exception]:
    settings.EMAIL_BACKEND = "tests.portal.test_mailing.Refusing"
    found: dict[str, Exception] = {}
    monkeypatch.setattr(Refusing, "refusals", found)
    return found


def sent(merchant: Merchant, language: str = "en") -> mail.EmailMultiAlternatives:
    """The mail that a browser reading in `language` receives."""
    client = client_of(merchant)
    client.cookies["language"] = language
    ask(client)
    drain(merchant, timezone.now())
    message = mail.outbox[-1]
    assert isinstance(message, mail.EmailMultiAlternatives)
    return message


def test_the_code_waits_encrypted_until_the_worker_sends_it(cafe: Merchant) -> None:
    ask(client_of(cafe))
    assert not mail.outbox
    with tenant_context(cafe):
        assert not re.search(r"\d{6}", SignInCode.objects.get().sealed_code[:6])
        assert SignInCode.objects.get().mailed_at is None
    code_for(cafe)
    with tenant_context(cafe):
        assert SignInCode.objects.get().mailed_at is not None


def test_nothing_remains_to_do_after_sending(cafe: Merchant) -> None:
    ask(client_of(cafe))
    code_for(cafe)
    with tenant_context(cafe):
        assert mailing.due() is None


def test_the_mail_is_text_and_html_with_the_same_code(cafe: Merchant) -> None:
    message = sent(cafe)
    code = re.search(r"\d{6}", str(message.subject)).group()  # type: ignore[union-attr]
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert code in str(message.body)
    assert code in str(html)


def test_the_mail_loads_nothing_from_anywhere(cafe: Merchant) -> None:
    html = str(sent(cafe).alternatives[0][0])
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) == {cafe.url()}
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import", html)


def test_the_mail_speaks_the_language_of_the_page(cafe: Merchant) -> None:
    assert 'lang="en"' in str(sent(cafe, "en").alternatives[0][0])
    mail.outbox.clear()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert 'lang="ko"' in str(sent(cafe, "ko").alternatives[0][0])


def test_the_mail_bears_the_shops_name(bikes: Merchant) -> None:
    message = sent(bikes)
    assert "Spoke & Chain" in str(message.subject)
    assert "Spoke & Chain" in message.from_email
    assert "Spoke &amp; Chain" in str(message.alternatives[0][0])
    assert "Spoke & Chain" in str(message.body)


@pytest.mark.parametrize(
    "name",
    [
        "Shop\r\nBcc: evil@example.com",
        "Shop\nSubject: other",
        "Shop\u2028X",
        'A "quoted", <b@c.example> shop',
        "가게\x00\x0b이름",
    ],
    ids=["bcc", "subject", "line separator", "address in the name", "controls"],
)
def test_a_shops_name_cannot_add_headers(cafe: Merchant, name: str) -> None:
    cafe.name = name
    message = mailing.message(cafe, MINA, "123456", "en").message()
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert len(read.get_all("Subject", [])) == 1
    assert read["To"].addresses[0].addr_spec == MINA
    assert len(read["From"].addresses) == 1
    assert read["From"].addresses[0].addr_spec.startswith("no-reply@")


def test_a_name_with_markup_stays_text(cafe: Merchant) -> None:
    cafe.name = "<script>alert(1)</script>"
    html, _kind = mailing.message(cafe, MINA, "123456", "en").alternatives[0]
    assert "<script>" not in str(html)


def test_out_of_office_programs_do_not_answer(cafe: Merchant) -> None:
    assert sent(cafe).extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_server_out_of_reach_loses_no_code(cafe: Merchant, refusals: dict[str, Exception]) -> None:
    start = timezone.now()
    client = client_of(cafe)
    with time_machine.travel(start, tick=False) as clock:
        ask(client)
        refusals[MINA] = ConnectionRefusedError()
        with pytest.raises(ConnectionRefusedError):
            drain(cafe, start)
        refusals.clear()
        clock.shift(timedelta(minutes=1))
        assert enter(client, code_for(cafe)).status_code == 302


def test_an_address_refused_for_good_stops_nobody_else(cafe: Merchant, refusals: dict[str, Exception]) -> None:
    refusals["gone@example.com"] = smtplib.SMTPRecipientsRefused({"gone@example.com": (550, b"no such user")})
    ask(client_of(cafe), "gone@example.com")
    client = client_of(cafe)
    ask(client)
    assert enter(client, code_for(cafe)).status_code == 302
    with tenant_context(cafe):
        refused = SignInCode.objects.get(address="gone@example.com")
    assert (refused.sealed_code, refused.mailed_at) == ("", None)


def test_an_address_refused_for_now_is_tried_again(cafe: Merchant, refusals: dict[str, Exception]) -> None:
    start = timezone.now()
    refusals["slow@example.com"] = smtplib.SMTPRecipientsRefused({"slow@example.com": (451, b"greylisted")})
    with time_machine.travel(start, tick=False) as clock:
        ask(client_of(cafe), "slow@example.com")
        ask(client_of(cafe))
        drain(cafe, start)
        assert [m.to for m in mail.outbox] == [[MINA]]
        refusals.clear()
        clock.shift(timedelta(minutes=1))
        assert code_for(cafe, "slow@example.com")


def test_the_page_says_when_the_mail_has_not_left(cafe: Merchant) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = client_of(cafe)
        client.cookies["language"] = "en"
        ask(client)
        assert "has not left yet" not in client.get("/sign-in/code/").content.decode()
        clock.shift(timedelta(seconds=21))
        assert "has not left yet" in client.get("/sign-in/code/").content.decode()
        code_for(cafe)
        assert "has not left yet" not in client.get("/sign-in/code/").content.decode()


def test_a_code_too_old_to_use_is_not_sent_any_more(cafe: Merchant) -> None:
    ask(client_of(cafe))
    drain(cafe, timezone.now() + codes.LIFE + timedelta(seconds=1))
    assert not mail.outbox
    with tenant_context(cafe):
        assert mailing.due() is None


def test_a_code_asked_for_rings_the_alarm(cafe: Merchant, now: datetime) -> None:
    ask(client_of(cafe))
    assert Alarm.objects.filter(schema_name=cafe.schema_name, kind=codes.MAIL_ALARM).exists()


def test_an_address_refused_for_now_again_and_again_delays_nobody_else(
    cafe: Merchant, refusals: dict[str, Exception]
) -> None:
    refusals["typo@nowhere.example"] = smtplib.SMTPRecipientsRefused({"typo@nowhere.example": (450, b"no such domain")})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client_of(cafe), "typo@nowhere.example")
        for _minute in range(5):
            drain(cafe, timezone.now())
            clock.shift(timedelta(minutes=1))
        client = client_of(cafe)
        ask(client)
        assert enter(client, code_for(cafe)).status_code == 302


def test_an_address_that_fits_no_mail_is_not_taken(cafe: Merchant) -> None:
    assert ask(client_of(cafe), f"a@{'ü' * 59}.com").status_code == 422


def test_an_address_that_fits_no_mail_stops_nobody_else(cafe: Merchant) -> None:
    with tenant_context(cafe):
        codes.ask(f"a@{'ü' * 59}.com", language="en", at=timezone.now())
    client = client_of(cafe)
    ask(client)
    assert enter(client, code_for(cafe)).status_code == 302
