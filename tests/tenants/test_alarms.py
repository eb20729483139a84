"""The alarm clock, one session at a time: what is rung is run, once, in its shop, when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from tenants import alarms
from tenants.models import Alarm, Merchant, Ring

pytestmark = pytest.mark.django_db

SECOND, LEASE = timedelta(seconds=1), timedelta(seconds=settings.ALARM_LEASE_SECONDS)


class Work:
    """A handler that notes where and when it ran; `left` is what `due` answers after each run."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, datetime]] = []
        self.left: list[datetime | None] = []
        self.fails_with: BaseException | None = None

    def run(self, at: datetime) -> None:
        self.runs.append((connection.schema_name, at))
        if self.fails_with:
            raise self.fails_with

    def due(self) -> datetime | None:
        return self.left.pop(0) if self.left else None


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    alarms.handler("work", due=work.due)(work.run)
    yield work
    del alarms._handlers["work"]


def ring(merchant: Merchant, due_at: datetime | None = None) -> None:
    with tenant_context(merchant), transaction.atomic():
        alarms.ring("work", due_at)


def alarm_of(merchant: Merchant) -> Alarm:
    return Alarm.objects.get(schema_name=merchant.schema_name, kind="work")


def test_a_rung_alarm_runs_once_inside_its_shop(cafe: Merchant, work: Work, now: datetime) -> None:
    ring(cafe)
    assert alarms.drain(cafe, now) == 1
    assert alarms.drain(cafe, now) == 0
    assert work.runs == [(cafe.schema_name, now)]


def test_an_alarm_waits_for_its_time(cafe: Merchant, work: Work, now: datetime) -> None:
    ring(cafe, now + SECOND)
    assert alarms.drain(cafe, now) == 0
    assert alarms.drain(cafe, now + SECOND) == 1


def test_the_earlier_of_two_rings_counts(cafe: Merchant, work: Work, now: datetime) -> None:
    ring(cafe, now + 2 * SECOND)
    ring(cafe, now + SECOND)
    ring(cafe, now + 3 * SECOND)
    assert alarm_of(cafe).due_at == now + SECOND


def test_an_alarm_goes_on_while_work_remains(cafe: Merchant, work: Work, now: datetime) -> None:
    work.left = [alarms.AT_ONCE, now, now + SECOND]
    ring(cafe)
    assert alarms.drain(cafe, now) == 3
    assert alarm_of(cafe).due_at == now + SECOND


def test_an_alarm_with_nothing_left_is_put_to_sleep(cafe: Merchant, work: Work, now: datetime) -> None:
    ring(cafe)
    alarms.drain(cafe, now)
    assert alarm_of(cafe).due_at is None


@pytest.mark.django_db(transaction=True)
def test_ringing_outside_a_transaction_is_refused(cafe: Merchant) -> None:
    with tenant_context(cafe), pytest.raises(RuntimeError, match="transaction"):
        alarms.ring("work")


def test_a_ring_is_one_round_trip(cafe: Merchant, work: Work, django_assert_num_queries: object) -> None:
    with tenant_context(cafe), transaction.atomic():
        alarms.ring("other")  # the search path is set
        with django_assert_num_queries(1):  # type: ignore[operator]
            alarms.ring("work")


def test_a_ring_that_is_rolled_back_leaves_nothing(cafe: Merchant, work: Work, now: datetime) -> None:
    with tenant_context(cafe), transaction.atomic():
        alarms.ring("work")
        transaction.set_rollback(True)
    assert alarms.drain(cafe, now) == 0


def test_a_failing_handler_is_kept_away_for_a_while(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("no such rule")
    ring(cafe)
    assert alarms.run_due(cafe.schema_name, "work", at=now)
    assert not alarms.run_due(cafe.schema_name, "work", at=now + 4 * SECOND)
    assert alarms.run_due(cafe.schema_name, "work", at=now + 5 * SECOND)


def test_backoff_doubles_up_to_an_hour(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("no such rule")
    ring(cafe)
    waits = []
    for _ in range(12):
        alarms.run_due(cafe.schema_name, "work", at=now)
        waits.append(alarm_of(cafe).retry_at - now)  # type: ignore[operator]
        now = alarm_of(cafe).retry_at  # type: ignore[assignment]
    assert waits[:3] == [5 * SECOND, 10 * SECOND, 20 * SECOND]
    assert waits[-1] == timedelta(hours=1)


def test_ringing_does_not_hurry_a_failing_handler(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("no such rule")
    ring(cafe)
    alarms.run_due(cafe.schema_name, "work", at=now)
    ring(cafe)
    assert not alarms.run_due(cafe.schema_name, "work", at=now)


def test_a_failure_says_what_and_where_but_no_values(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("duplicate key\nDETAIL:  Key (email)=(minji@example.com) already exists.")
    ring(cafe)
    alarms.run_due(cafe.schema_name, "work", at=now)
    assert alarm_of(cafe).last_error.startswith("ValueError: duplicate key (test_alarms.py:")


def test_a_success_forgets_the_failures(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("no such rule")
    ring(cafe)
    alarms.run_due(cafe.schema_name, "work", at=now)
    work.fails_with = None
    alarms.run_due(cafe.schema_name, "work", at=now + 5 * SECOND)
    alarm = alarm_of(cafe)
    assert (alarm.failures, alarm.retry_at, alarm.last_error) == (0, None, "")


def test_one_failing_shop_stops_no_other(cafe: Merchant, bikes: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = ValueError("no such rule")
    ring(cafe)
    alarms.run_due(cafe.schema_name, "work", at=now)
    work.fails_with = None
    ring(bikes)
    assert alarms.drain(bikes, now) == 1


def test_a_worker_that_vanished_is_missed_when_its_lease_runs_out(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = KeyboardInterrupt()  # like a kill: nothing is handed back
    ring(cafe)
    with pytest.raises(KeyboardInterrupt):
        alarms.attempt(cafe.schema_name, "work", at=now)
    work.fails_with = None
    assert not alarms.run_due(cafe.schema_name, "work", at=now + LEASE - SECOND)
    assert alarms.run_due(cafe.schema_name, "work", at=now + LEASE)


def test_a_vanished_worker_counts_as_a_failure(cafe: Merchant, work: Work, now: datetime) -> None:
    work.fails_with = KeyboardInterrupt()
    ring(cafe)
    for start in (now, now + LEASE):
        with pytest.raises(KeyboardInterrupt):
            alarms.attempt(cafe.schema_name, "work", at=start)
    assert alarm_of(cafe).failures == 1


def test_a_suspended_shop_is_not_worked_for(cafe: Merchant, work: Work, now: datetime) -> None:
    ring(cafe)
    Merchant.objects.filter(pk=cafe.pk).update(state=Merchant.State.SUSPENDED)
    assert alarms.drain(cafe, now) == 0
    Merchant.objects.filter(pk=cafe.pk).update(state=Merchant.State.ACTIVE)
    assert alarms.drain(cafe, now) == 1


def test_an_alarm_without_a_handler_is_a_failure_to_be_seen(cafe: Merchant, now: datetime) -> None:
    ring(cafe)
    alarms.run_due(cafe.schema_name, "work", at=now)
    assert alarm_of(cafe).last_error.startswith("KeyError: 'work'")


class Sent:
    """What was put into Celery's queue."""

    def __init__(self) -> None:
        self.alarms: list[tuple[str, str]] = []

    def __call__(self, schema_name: str, kind: str) -> bool:
        self.alarms.append((schema_name, kind))
        return True


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    sent = Sent()
    monkeypatch.setattr(alarms, "send", sent)
    return sent


def test_the_sweep_sends_each_due_alarm_once(
    cafe: Merchant, bikes: Merchant, work: Work, sent: Sent, now: datetime
) -> None:
    ring(cafe)
    ring(bikes, now + SECOND)
    assert alarms.sweep(now) == 1
    assert alarms.sweep(now + SECOND) == 1
    assert sent.alarms == [(cafe.schema_name, "work"), (bikes.schema_name, "work")]


def test_the_sweep_sends_again_what_the_broker_lost(cafe: Merchant, work: Work, sent: Sent, now: datetime) -> None:
    ring(cafe)
    assert [alarms.sweep(now + seconds * SECOND) for seconds in (0, 29, 30)] == [1, 0, 1]


def test_the_sweep_leaves_what_is_under_way(cafe: Merchant, work: Work, sent: Sent, now: datetime) -> None:
    ring(cafe)
    Alarm.objects.update(leased_until=now + LEASE)
    assert alarms.sweep(now) == 0


def test_the_sweep_leaves_suspended_shops(cafe: Merchant, work: Work, sent: Sent, now: datetime) -> None:
    ring(cafe)
    Merchant.objects.filter(pk=cafe.pk).update(state=Merchant.State.SUSPENDED)
    assert alarms.sweep(now) == 0


def test_an_idle_sweep_is_two_queries_however_many_shops(
    cafe: Merchant, work: Work, sent: Sent, now: datetime, django_assert_max_num_queries: object
) -> None:
    Alarm.objects.bulk_create(Alarm(schema_name=f"t_{n}", kind="work", due_at=now + SECOND) for n in range(500))
    with django_assert_max_num_queries(5):  # type: ignore[operator]  # two, a search path and a savepoint's two
        assert alarms.sweep(now) == 0


def test_the_sweep_gathers_notes(cafe: Merchant, work: Work, sent: Sent, now: datetime) -> None:
    Ring.objects.create(schema_name=cafe.schema_name, kind="work", due_at=now)
    assert alarms.sweep(now) == 1
    assert not Ring.objects.exists()


def test_a_broker_that_is_down_fails_no_request_and_is_left_alone_for_a_while(
    cafe: Merchant, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kombu.exceptions import OperationalError

    from tenants.tasks import run_alarm

    tries = []

    def refuse(**options: object) -> None:
        tries.append(options)
        raise OperationalError("connection refused")

    monkeypatch.setattr(run_alarm, "apply_async", refuse)
    monkeypatch.setattr(alarms, "_broker_down", {"until": 0.0})
    assert [alarms.send(cafe.schema_name, "work") for _ in range(3)] == [False, False, False]
    assert len(tries) == 1


def test_a_new_alarm_sends_a_worker_when_the_transaction_commits(
    cafe: Merchant, work: Work, sent: Sent, now: datetime, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        ring(cafe)
        ring(cafe)
        ring(cafe, now + timedelta(days=36500))
        assert sent.alarms == []
    assert sent.alarms == [(cafe.schema_name, "work")]
