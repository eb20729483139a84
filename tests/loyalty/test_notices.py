"""No notice, no expiry: what members are told, when, and what is kept as proof."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django_tenants.utils import tenant_context

from customers.models import Customer, Event
from loyalty import ledger, notices
from loyalty.audit import audit
from loyalty.models import Balance, Lot, Notice
from loyalty.standing import Due
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty.members import earn, has, member
from tests.shops import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# The end of 28 February 2027 in Seoul: a hundred days from now.
END = datetime(2027, 2, 28, 14, 59, 59, tzinfo=UTC)
SENT, ATTEMPTED, UNREACHABLE, NEEDLESS, DUE = "sent", "attempted", "unreachable", "needless", "due"


def reader(language: str = "ko", email: str = "minsu@example.com") -> int:
    """The id of a member with an address."""
    who = member()
    Customer.objects.filter(pk=who).update(email=email, language=language)
    return who


def states() -> list[tuple[int, str]]:
    """Each notice: days before, and how it ended."""
    return list(Notice.objects.order_by("due_at", "settled_at", "-days_before").values_list("days_before", "state"))


def pass_days(shop: Merchant, start: datetime, end: datetime) -> None:
    """Every morning at eleven in Seoul the alarms ring, and the books hold."""
    day = start.replace(hour=2)
    while day <= end:
        drain(shop, day)
        day += DAY
    drain(shop, end)
    with tenant_context(shop):
        assert audit(at=end) == []


def test_a_member_is_told_60_30_and_3_days_before_and_then_points_expire(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 1200, expires_at=END)
    pass_days(cafe, NOW, END - timedelta(seconds=1))
    with tenant_context(cafe):
        assert has(who) == {"available": 1200}
        told = Notice.objects.order_by("settled_at").values_list("settled_at", flat=True)
        assert [(END - moment).days for moment in told if moment] == [60, 30, 3]
        assert Lot.objects.get().may_expire_at == END
    drain(cafe, END)
    with tenant_context(cafe):
        assert has(who) == {}
    assert len(mail.outbox) == 3


def test_the_mail_says_what_goes_when_in_the_members_language(cafe: Merchant) -> None:
    with tenant_context(cafe):
        earn(reader("en"), 1200, expires_at=END)
    drain(cafe, END - 60 * DAY - timedelta(hours=14))
    sent = mail.outbox[0]
    assert sent.subject == "소담커피: 1,200 P expire on 28 February 2027"
    assert "28 February 2027" in sent.body
    assert "Asia/Seoul" in sent.body
    assert "no advertising" in sent.body
    html = str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    assert "<img" not in html
    assert cafe.url() in html


def test_the_proof_is_kept_without_the_whole_address(cafe: Merchant) -> None:
    with tenant_context(cafe):
        earn(reader(), 10, expires_at=END)
        drain(cafe, END - 60 * DAY - timedelta(hours=14))
    with tenant_context(cafe):
        notice = Notice.objects.get(days_before=60)
        assert notice.state == SENT
        assert notice.proof["channel"] == "email"
        assert notice.proof["address"] == "m…@example.com"
        assert notice.proof["subject"] == mail.outbox[0].subject
        assert notice.proof["message_id"] == mail.outbox[0].extra_headers["Message-ID"]


def test_each_notice_is_told_to_programs_outside(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
    drain(cafe, END - 60 * DAY)
    with tenant_context(cafe):
        event = Event.objects.get(kind="points.expiring")
        assert event.customer_id == who
        assert (event.data["points"], event.data["days_before"], event.data["notice"]) == (10, 60, "sent")
        assert event.data["expires_at"] == END.isoformat()


def test_a_member_without_an_address_is_told_in_the_portal_and_points_expire(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        earn(who, 10, expires_at=END)
    pass_days(cafe, END - 61 * DAY, END)
    with tenant_context(cafe):
        assert [state for _days, state in states()] == [UNREACHABLE] * 3
        assert Event.objects.filter(kind="points.expiring").count() == 3
        assert has(who) == {}
    assert mail.outbox == []


def test_points_used_before_need_no_notice(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
    drain(cafe, END - 60 * DAY)
    with tenant_context(cafe):
        ledger.hold(who, 10, reason="", actor=SYSTEM, key="h", at=END - 59 * DAY)
    drain(cafe, END - 2 * DAY)
    with tenant_context(cafe):
        assert states() == [(60, SENT), (30, NEEDLESS), (3, NEEDLESS)]
    assert len(mail.outbox) == 1


def test_points_that_return_after_that_are_told_of_once_more_and_last_three_days_longer(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
        told: dict[str, Any] = {"reason": "", "actor": SYSTEM}
    drain(cafe, NOW + DAY)
    with tenant_context(cafe):
        hold = ledger.hold(who, 10, key="h", at=NOW + DAY, **told)
    pass_days(cafe, NOW + DAY, END + DAY)
    with tenant_context(cafe):
        ledger.void(hold.pk, key="v", at=END + DAY, **told)
        assert has(who) == {"available": 10}
    pass_days(cafe, END + DAY, END + 4 * DAY - timedelta(seconds=1))
    with tenant_context(cafe):
        assert has(who) == {"available": 10}
        assert sorted(states()) == [(3, SENT), (30, NEEDLESS), (60, NEEDLESS)]
    drain(cafe, END + 4 * DAY)
    with tenant_context(cafe):
        assert has(who) == {}
        assert audit(at=END + 4 * DAY) == []


def test_notices_that_come_late_move_the_expiry(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
    woken = END - 20 * DAY  # the server was down for weeks
    drain(cafe, woken)
    with tenant_context(cafe):
        assert notices.expiring(who, at=woken) == [Due(10, woken + 60 * DAY)]
    pass_days(cafe, woken, woken + 60 * DAY - timedelta(seconds=1))
    with tenant_context(cafe):
        assert has(who) == {"available": 10}
        assert states() == [(60, SENT), (30, SENT), (3, SENT)]
    drain(cafe, woken + 60 * DAY)
    with tenant_context(cafe):
        assert has(who) == {}


def test_points_of_a_short_life_have_only_the_notices_that_fit(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=NOW + 40 * DAY)
    pass_days(cafe, NOW, NOW + 40 * DAY)
    with tenant_context(cafe):
        assert states() == [(30, SENT), (3, SENT)]
        assert has(who) == {}


def test_points_that_last_a_day_are_told_of_at_once_and_last_three(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=NOW + DAY)
    drain(cafe, NOW)
    with tenant_context(cafe):
        assert notices.expiring(who, at=NOW)[0].at == datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)
    drain(cafe, NOW + 2 * DAY)
    with tenant_context(cafe):
        assert has(who) == {"available": 10}


class Refusing(EmailBackend):
    """A mail server that answers every recipient with this."""

    answer: Exception = smtplib.SMTPRecipientsRefused({"a": (550, b"no such user a@example.com")})

    def send_messages(self, messages: Any) -> int:
        raise self.answer


@pytest.fixture
def refusing(settings: Any) -> type[Refusing]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.answer = smtplib.SMTPRecipientsRefused({"a": (550, b"no such user a@example.com")})
    return Refusing


def test_an_address_refused_for_good_counts_as_tried(cafe: Merchant, refusing: type[Refusing]) -> None:
    with tenant_context(cafe):
        earn(reader(), 10, expires_at=END)
    drain(cafe, END - 60 * DAY)
    with tenant_context(cafe):
        notice = Notice.objects.get(days_before=60)
        assert (notice.state, notice.attempts) == (ATTEMPTED, 1)
        assert notice.proof["problem"] == "SMTP 550"


def test_an_address_refused_for_now_is_tried_five_times(cafe: Merchant, refusing: type[Refusing]) -> None:
    refusing.answer = smtplib.SMTPRecipientsRefused({"a": (451, b"later")})
    with tenant_context(cafe):
        earn(reader(), 10, expires_at=END)
    start = END - 60 * DAY
    for hours in (0, 0.25, 2, 9, 34):
        with tenant_context(cafe):
            assert not Notice.objects.filter(state=ATTEMPTED).exists()
        drain(cafe, start + timedelta(hours=hours))
    with tenant_context(cafe):
        notice = Notice.objects.get(days_before=60)
        assert (notice.state, notice.attempts) == (ATTEMPTED, 5)


def test_a_mail_server_out_of_reach_lets_nothing_expire(cafe: Merchant, refusing: type[Refusing]) -> None:
    refusing.answer = ConnectionRefusedError()
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
    for days in (60, 30, 3, 0):
        with pytest.raises(notices.MailServerTrouble):
            drain(cafe, END - days * DAY)
    with tenant_context(cafe):
        assert set(Notice.objects.values_list("state", "attempts")) == {(DUE, 0)}
        assert ledger.expire(at=END + DAY) == 0


def test_a_worker_that_dies_while_sending_sends_that_mail_once_more_and_no_other(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
        at = END - 60 * DAY
        notices.plan(at=at)
        assert [claimed.customer_id for claimed in notices.claim(at=at)] == [who]  # and then it dies
        notices.run(at + timedelta(minutes=14))
        assert mail.outbox == []
        notices.run(at + timedelta(minutes=15))
        notices.run(at + timedelta(minutes=16))
    assert len(mail.outbox) == 1


def test_points_added_to_a_moment_already_told_are_told_of_too(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = reader()
        earn(who, 10, "first", expires_at=END)
    pass_days(cafe, END - 61 * DAY, END - 2 * DAY)
    with tenant_context(cafe):
        at = END - 2 * DAY
        ledger.earn([ledger.Earn(who, 5, "late", at, expires_at=END)], actor=SYSTEM, at=at)
    pass_days(cafe, END - 2 * DAY, END)
    with tenant_context(cafe):
        assert has(who) == {"available": 5}
    drain(cafe, END + DAY)
    with tenant_context(cafe):
        assert has(who) == {}
    assert len(mail.outbox) == 4


def test_a_merged_members_points_are_told_to_whom_they_belong_now(cafe: Merchant) -> None:
    from customers.merging import merge

    with tenant_context(cafe):
        gone, kept = reader(email="old@example.com"), reader(email="new@example.com")
        earn(gone, 10, expires_at=END)
    drain(cafe, END - 60 * DAY)
    with tenant_context(cafe):
        merge(*Customer.objects.filter(pk__in=[kept, gone]).order_by("pk"), actor=SYSTEM, at=END - 50 * DAY)
    pass_days(cafe, END - 50 * DAY, END)
    assert [message.to for message in mail.outbox] == [["old@example.com"], ["new@example.com"], ["new@example.com"]]
    with tenant_context(cafe):
        assert set(Balance.objects.values_list("available", flat=True)) == {0}


def test_an_erased_customers_address_leaves_the_proof(cafe: Merchant) -> None:
    from customers.erasing import erase

    with tenant_context(cafe):
        who = reader()
        earn(who, 10, expires_at=END)
    drain(cafe, END - 60 * DAY)
    with tenant_context(cafe):
        erase(Customer.objects.get(pk=who), actor=SYSTEM, at=END - 50 * DAY)
        assert Notice.objects.get(days_before=60).proof == {}
