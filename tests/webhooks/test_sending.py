"""Messages on their way: signed, tried again, spared, paused, redelivered. Through real sockets."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks
from standardwebhooks import Webhook, WebhookVerificationError

from staff.actors import SYSTEM
from staff.models import AuditEntry, Role
from tenants.alarms import drain
from tenants.models import Merchant
from tests.conftest import staff_of
from tests.isolation.knocking import log_lines
from tests.webhooks.conftest import Add, Open
from tests.webhooks.receiving import Receiver
from webhooks import endpoints, settling, working
from webhooks.models import Endpoint, Message
from webhooks.sending import Job, Outcome

WAITING, FAILED, HELD, DELIVERED = (Message.State[n] for n in ("WAITING", "FAILED", "HELD", "DELIVERED"))
JOINED = "customer.joined"


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: least)


def verified(program: Receiver, secret: str, *, number: int = -1) -> object:
    """What the published library makes of a request. Its clock is the real one."""
    received = program.heard[number]
    return Webhook(secret).verify(received.body, received.headers)


def test_it_is_verified_by_the_published_library(in_cafe: Merchant, program: Receiver, open_at: Open, add: Add) -> None:
    real = datetime.now(UTC)
    endpoint = open_at("/hook", JOINED, at=real)
    customer = add(at=real)
    drain(in_cafe, real)
    message = verified(program, endpoint.secret)  # type: ignore[attr-defined]
    assert message == {
        "type": JOINED,
        "timestamp": real.isoformat(),
        "data": {
            "customer": {
                "id": customer.pk, "external_ids": [], "created_at": real.isoformat(), "joined_at": real.isoformat(),
            }
        },
    }  # fmt: skip


def test_both_secrets_sign_for_a_day_after_a_rotation(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add
) -> None:
    real = datetime.now(UTC)
    rotated = real - timedelta(hours=23)
    endpoint = open_at("/hook", JOINED, at=rotated - timedelta(days=1))
    fresh = endpoints.rotate_secret(endpoint, actor=SYSTEM, at=rotated)
    add(at=real)
    drain(in_cafe, real)
    assert verified(program, fresh)
    assert verified(program, endpoint.secret)  # type: ignore[attr-defined]


def test_the_old_secret_signs_no_longer_than_a_day(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add
) -> None:
    real = datetime.now(UTC)
    endpoint = open_at("/hook", JOINED, at=real - timedelta(days=3))
    fresh = endpoints.rotate_secret(endpoint, actor=SYSTEM, at=real - timedelta(hours=25))
    add(at=real)
    drain(in_cafe, real)
    assert verified(program, fresh)
    with pytest.raises(WebhookVerificationError):
        verified(program, endpoint.secret)  # type: ignore[attr-defined]


def test_it_sends_what_was_true_when_it_happened(
    endpoint: Endpoint, in_cafe: Merchant, program: Receiver, add: Add, now: datetime
) -> None:
    customer = add()
    customer.joined_at = None
    customer.save()
    drain(in_cafe, now)
    assert program.heard[-1].message["data"]["customer"]["joined_at"] == now.isoformat()


def test_an_endpoint_hears_only_of_what_it_asked_for(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/joined", JOINED)
    open_at("/orders", "order.updated")
    open_at("/all")
    add()
    drain(in_cafe, now)
    assert program.types("/joined") == [JOINED]
    assert program.types("/orders") == []
    assert sorted(program.types("/all")) == ["customer.created", JOINED]


def test_all_endpoints_get_an_event_under_one_id(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/one", JOINED)
    open_at("/two", JOINED)
    add()
    drain(in_cafe, now)
    assert len({received.headers["webhook-id"] for received in program.heard}) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_takes_a_message(
    status: int, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"], program.body = status, b""
    add()
    drain(in_cafe, now)
    assert Message.objects.get().state == DELIVERED


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 404, 500, 503])
def test_everything_else_is_tried_again(
    status: int, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = status
    program.headers = {"Location": program.url("/elsewhere")}
    add()
    drain(in_cafe, now)
    message = Message.objects.get()
    assert (message.state, message.next_try_at) == (WAITING, now + timedelta(seconds=5))
    assert (message.tries[0]["status"], message.answer) == (status, "thanks")
    assert program.at("/elsewhere") == []


def test_it_tries_ten_times_by_the_schedule_of_the_specification_under_one_id(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    endpoint = open_at("/hook", JOINED)
    program.status["/hook"] = 500
    add()
    tried = []
    while (message := Message.objects.get()).next_try_at:
        Endpoint.objects.filter(pk=endpoint.pk).update(failures=0, rest_until=None)
        tried.append(message.next_try_at - now)
        drain(in_cafe, message.next_try_at)
    waited = [int((later - earlier).total_seconds()) for earlier, later in itertools.pairwise(tried)]
    hours = 3600
    assert waited == [5, 300, 1800, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours]
    assert (message.state, message.attempts, len(message.tries)) == (FAILED, 10, 10)
    assert len({received.headers["webhook-id"] for received in program.heard}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(
    status: int, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"], program.headers = status, {"Retry-After": "600"}
    add()
    drain(in_cafe, now)
    assert Message.objects.get().next_try_at == now + timedelta(seconds=600)
    assert Endpoint.objects.get().rest_until == now + timedelta(seconds=600)


@pytest.mark.parametrize("told", ["soon", "-5", "", "1e9", "Wed, 99 Foo", "9" * 40, "٣"])
def test_a_retry_after_that_says_nothing_does_no_harm(
    told: str, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"], program.headers = 500, {"Retry-After": told.encode().decode("latin-1")}
    add()
    drain(in_cafe, now)
    next_try_at = Message.objects.get().next_try_at
    assert next_try_at
    assert next_try_at <= now + timedelta(days=1)


@pytest.mark.parametrize("told", [f"Mon, 01 Jan {10**20} 00:00:00 GMT", f"Mon, 01 Jan 2026 00:00:00 +{10**17}"])
def test_what_was_taken_is_not_sent_again_for_a_date_that_no_calendar_has(
    told: str, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.headers = {"Retry-After": told}
    add()
    drain(in_cafe, now)
    assert Message.objects.get().state == DELIVERED


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_busy_endpoint_is_spared(
    status: int, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = status
    add()
    drain(in_cafe, now)
    add()
    drain(in_cafe, now + timedelta(seconds=29))
    assert len(program.heard) == 1
    program.status.clear()
    drain(in_cafe, now + timedelta(seconds=31))
    assert len(program.heard) == 3


def test_an_endpoint_that_fails_again_and_again_gets_one_message_at_a_time_and_rests(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = 500
    for _ in range(20):
        add()
    drain(in_cafe, now)
    assert len(program.heard) == 8  # what it gets at once while it is well
    drain(in_cafe, now + timedelta(minutes=6))
    assert len(program.heard) == 9
    program.status.clear()
    drain(in_cafe, now + timedelta(minutes=12))
    assert Message.objects.filter(state=DELIVERED).count() == 20


def test_410_pauses_the_endpoint_and_holds_its_messages(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = 410
    add()
    drain(in_cafe, now)
    endpoint = Endpoint.objects.get()
    assert (endpoint.paused_at, endpoint.paused_reason) == (now, Endpoint.Paused.GONE)
    assert Message.objects.get().state == HELD


def failing_for(hours: int, in_cafe: Merchant, add: Add, now: datetime) -> None:
    """Something happens every twelve hours, for so long."""
    for passed in range(0, hours + 1, 12):
        add(at=now + timedelta(hours=passed))
        drain(in_cafe, now + timedelta(hours=passed))


def test_an_endpoint_is_paused_after_five_days_of_only_failures(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = 500
    failing_for(108, in_cafe, add, now)
    assert Endpoint.objects.get().paused_at is None
    failing_for(120, in_cafe, add, now)
    assert Endpoint.objects.get().paused_reason == Endpoint.Paused.FAILING


def test_one_success_begins_the_five_days_anew(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.status["/hook"] = 500
    failing_for(60, in_cafe, add, now)
    program.status.clear()
    drain(in_cafe, now + timedelta(hours=61))
    program.status["/hook"] = 500
    failing_for(60, in_cafe, add, now + timedelta(hours=72))
    assert Endpoint.objects.get().paused_at is None


def test_owners_are_told_of_a_pause_in_their_language(
    in_cafe: Merchant,
    program: Receiver,
    open_at: Open,
    add: Add,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    staff_of(in_cafe, Role.OWNER)
    staff_of(in_cafe, Role.CASHIER)
    endpoint = open_at("/hook", JOINED)
    program.status["/hook"] = 410
    add()
    with django_capture_on_commit_callbacks(execute=True):
        drain(in_cafe, now)
    (sent,) = mail.outbox
    assert sent.to == ["owner@cafe.example"]
    assert endpoint.url in sent.body
    assert f"/backoffice/developers/webhooks/{endpoint.public_id}/" in sent.body
    assert AuditEntry.objects.filter(action="webhook.paused", actor_kind="system").exists()


def test_nothing_is_sent_to_a_paused_endpoint_and_what_happens_is_kept(
    endpoint: Endpoint, in_cafe: Merchant, program: Receiver, add: Add, now: datetime
) -> None:
    add()
    endpoints.pause(endpoint, actor=SYSTEM, at=now)
    add()
    drain(in_cafe, now)
    assert program.heard == []
    assert set(Message.objects.values_list("state", flat=True)) == {HELD}


def test_resuming_sends_what_was_held_back_and_what_failed(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    endpoint = open_at("/hook", JOINED)
    program.status["/hook"] = 410
    add()
    drain(in_cafe, now)
    add()
    program.status.clear()
    assert endpoints.resume(endpoint, resend=True, actor=SYSTEM, at=now) == 2
    drain(in_cafe, now)
    assert Message.objects.filter(state=DELIVERED).count() == 2


def test_resuming_can_leave_it_all(
    endpoint: Endpoint, in_cafe: Merchant, program: Receiver, add: Add, now: datetime
) -> None:
    endpoints.pause(endpoint, actor=SYSTEM, at=now)
    add()
    assert endpoints.resume(endpoint, resend=False, actor=SYSTEM, at=now) == 0
    drain(in_cafe, now)
    assert program.heard == []
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.SKIPPED}


def test_a_redelivery_carries_the_same_id_and_body(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    add()
    drain(in_cafe, now)
    assert endpoints.redeliver(Message.objects.get(), actor=SYSTEM, at=now)
    drain(in_cafe, now)
    first, second = program.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert len(Message.objects.get().tries) == 2


def test_all_that_failed_since_a_time_is_sent_again(
    in_cafe: Merchant, open_at: Open, program: Receiver, add: Add, now: datetime
) -> None:
    endpoint = open_at("/hook", JOINED)
    for days in (3, 1):
        add(at=now - timedelta(days=days))
    Message.objects.update(state=FAILED, next_try_at=None)
    since = now - timedelta(days=2)
    assert endpoints.redeliver_failed(endpoint, since=since, actor=SYSTEM, at=now) == 1
    drain(in_cafe, now)
    assert len(program.heard) == 1


def test_a_message_whose_sender_vanished_is_sent_again_under_its_id(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    from webhooks.working import LEASE, claim

    open_at("/hook", JOINED)
    add()
    (job,) = claim(now, most=10)
    drain(in_cafe, now + LEASE / 2)
    assert program.heard == []
    drain(in_cafe, now + LEASE)
    assert [received.headers["webhook-id"] for received in program.heard] == [job.message_id]


def test_what_a_sender_says_after_it_lost_its_lease_does_not_count(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    from webhooks.working import LEASE, claim

    open_at("/hook", JOINED)
    add()
    (job,) = claim(now, most=10)
    drain(in_cafe, now + LEASE)
    settling.settle([(job, Outcome(status=500))], at=now + LEASE)
    assert Message.objects.get().state == DELIVERED


def test_an_endpoint_that_moved_inside_is_not_spoken_to(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime, settings: object
) -> None:
    open_at("/hook", JOINED)
    settings.EGRESS_ALLOWED = []  # type: ignore[attr-defined]
    add()
    drain(in_cafe, now)
    assert program.heard == []
    assert Message.objects.get().tries[0]["error"] == "scheme"


def test_only_the_beginning_of_an_answer_is_kept(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    program.body = "가\x00나".encode() * 5000
    add()
    drain(in_cafe, now)
    answer = Message.objects.get().answer
    assert len(answer) == 2000
    assert answer.startswith("가�나")


def test_bodies_are_dropped_after_thirty_days_and_the_facts_stay(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    open_at("/hook", JOINED)
    add()
    drain(in_cafe, now)
    drain(in_cafe, now + timedelta(days=29))
    assert Message.objects.get().body
    drain(in_cafe, now + timedelta(days=30))
    message = Message.objects.get()
    assert (message.body, message.answer, message.state, len(message.tries)) == ("", "", DELIVERED, 1)
    assert not endpoints.redeliver(message, actor=SYSTEM, at=now)


@pytest.mark.parametrize("status", [200, 500])
def test_no_log_line_tells_a_secret_or_a_signature(
    status: int, in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime
) -> None:
    endpoint = open_at("/hook", JOINED)
    fresh = endpoints.rotate_secret(endpoint, actor=SYSTEM, at=now)
    program.status["/hook"] = status
    add()
    with log_lines() as log:
        drain(in_cafe, now)
    secrets = [fresh, endpoint.secret, *program.heard[0].headers["webhook-signature"].split(" ")]  # type: ignore[attr-defined]
    assert not [secret for secret in secrets if secret[6:] in log.getvalue()]


def test_a_fault_of_our_own_is_logged_and_the_message_tried_again(
    in_cafe: Merchant, program: Receiver, open_at: Open, add: Add, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(job: Job) -> Outcome:
        raise RuntimeError(job)

    monkeypatch.setattr(working, "deliver", broken)
    endpoint = open_at("/hook", JOINED)
    add()
    with log_lines() as log:
        drain(in_cafe, now)
    assert "webhook_not_sent" in log.getvalue()
    assert endpoint.secret[6:] not in log.getvalue()  # type: ignore[attr-defined]
    assert Message.objects.get().tries[0]["error"] == "internal"
