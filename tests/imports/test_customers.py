"""Customers and their points from a file: whom a row means, what it changes, once, and taking it back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from customers.identities import prove_email
from customers.models import Consent, Customer, Event, Identity
from customers.profiles import add_customer
from imports.models import Run
from loyalty import ledger
from loyalty.models import Balance, Journal, Lot
from staff.actors import SYSTEM
from tests.imports.conftest import MANAGER, bring, check, counts, do, found, upload, work
from tests.loyalty.conftest import books_hold  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FILE = """회원 아이디,이름,이메일,휴대전화,생년월일,가입일,사용가능 적립금
m1,김하나,hana@example.com,1012345678,1990-02-03,2024-05-06,"12,000"
m2,이두리,,010-2222-3333,,,500
m3,박세찬,sechan@example.com,,,,
"""


def available(**who: object) -> int:
    balance = Balance.objects.filter(customer__in=Customer.objects.filter(**who)).first()
    return balance.available if balance else 0


def test_it_brings_customers_with_accounts_and_points(now: datetime) -> None:
    run = bring(upload(FILE))
    hana = Customer.objects.get(email="hana@example.com")
    assert (run.state, counts(run.done), run.done["points"]) == ("done", {"c": 3}, 12_500)
    assert (hana.name, hana.phone, hana.birthday) == ("김하나", "+821012345678", date(1990, 2, 3))
    assert hana.joined_at == datetime.fromisoformat("2024-05-06T00:00:00+09:00")
    assert hana.identities.get().value == "m1"
    assert available(pk=hana.pk) == 12_000
    journal = Journal.objects.get(customer=hana)
    assert (journal.kind, journal.reason, journal.actor_name) == ("adjust", "가져온 포인트: file.csv", "한유진")
    assert Event.objects.filter(kind="customer.joined", data={"import": run.pk}).count() == 3


def test_a_dry_run_tells_the_same_and_writes_nothing(now: datetime) -> None:
    add_customer(country="KR", actor=SYSTEM, at=now, name="이두리", phone="010-2222-3333")
    run = check(upload(FILE))
    assert (run.state, counts(run.checked), run.checked["points"]) == ("checked", {"c": 2, "u": 1}, 12_500)
    assert Customer.objects.count() == 1
    assert not Journal.objects.exists()
    assert counts(do(run, "start").done) == counts(run.checked)


def test_the_same_file_twice_changes_nothing_when_it_sets(now: datetime) -> None:
    bring(upload(FILE))
    again = bring(upload(FILE))
    assert counts(again.done) == {"s": 3}
    assert Customer.objects.count() == 3
    assert available(email="hana@example.com") == 12_000


def test_it_adds_points_when_told_to(now: datetime) -> None:
    bring(upload(FILE))
    bring(upload(FILE), points="add")
    assert available(email="hana@example.com") == 24_000


def test_a_proven_address_wins_over_a_stated_one(now: datetime) -> None:
    add_customer(country="KR", actor=SYSTEM, at=now, name="Impostor", email="hana@example.com")
    proven = prove_email("other@example.com", at=now, actor=SYSTEM)
    Customer.objects.filter(pk=proven.pk).update(email="x@example.com")
    Identity.objects.create(customer=proven, kind="email", value="hana@example.com", proven_at=now)
    bring(upload("email,points\nhana@example.com,100\n"))
    assert available(pk=proven.pk) == 100


def test_a_shared_phone_does_not_make_two_people_one(now: datetime) -> None:
    bring(upload("name,email,phone\nMina,mina@example.com,010-1111-2222\nJuho,juho@example.com,010-1111-2222\n"))
    assert Customer.objects.count() == 2
    bring(upload("name,email,phone\nMina Kim,mina@example.com,010-1111-2222\n"), existing="update")
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Juho", "Mina Kim"]


def test_a_customer_with_another_account_of_the_store_is_somebody_else(now: datetime) -> None:
    member = prove_email("hana@example.com", at=now, actor=SYSTEM)
    Identity.objects.create(customer=member, kind="store", source="import", value="other", proven_at=now)
    run = check(upload(FILE))
    assert found(run) == {2: "This address belongs to a customer with another account in the same store."}


@pytest.mark.parametrize(("existing", "name"), [("update", "김하나"), ("fill", "Hana"), ("leave", "Hana")])
def test_what_is_known_is_overwritten_only_when_told_to(now: datetime, existing: str, name: str) -> None:
    add_customer(country="KR", actor=SYSTEM, at=now, name="Hana", email="hana@example.com")
    bring(upload(FILE), existing=existing)
    hana = Customer.objects.get(email="hana@example.com")
    assert hana.name == name
    assert bool(hana.phone) == (existing != "leave")


def test_unknown_customers_can_be_left_out(now: datetime) -> None:
    run = bring(upload("email,points\nhana@example.com,100\n", "balances"), new="skip")
    assert counts(run.done) == {"s": 1}
    assert not Customer.objects.exists()


def test_a_second_row_about_one_customer_is_an_error(now: datetime) -> None:
    run = bring(upload("email,phone,points\na@example.com,010-1111-2222,5\nA@Example.com,,7\n,01011112222,9\n"))
    assert (counts(run.done), available()) == ({"c": 1, "e": 2}, 5)
    assert set(found(run).values()) == {"Row 2 is about the same customer."}


def test_points_expire_on_the_day_the_file_names(now: datetime) -> None:
    bring(upload("email,points,expires at\na@example.com,5,2026-12-31\nb@example.com,5,2026-11-01\n"))
    assert Lot.objects.get().expires_at == datetime.fromisoformat("2027-01-01T00:00:00+09:00")


CONSENTED = "email,수신동의,date\na@example.com,Y,2025-01-01\nb@example.com,N,2025-01-01\nc@example.com,?,\n"
SAID: dict[str, Any] = {"yes": "y", "no": "n", "where": "Sign-up form", "consented_on": "2025-02-02"}


def test_a_consent_is_never_guessed(now: datetime) -> None:
    run = upload(CONSENTED)
    assert set(run.mapping["columns"].values()) == {"email"}
    bring(run)
    assert not Consent.objects.exists()


def test_a_consent_carries_what_the_person_said_of_it(now: datetime) -> None:
    columns = {"0": "email", "1": "consent_email", "2": "consent_at"}
    run = bring(upload(CONSENTED), columns=columns, **SAID)
    yes, no = Consent.objects.order_by("customer__email")
    assert (yes.granted, no.granted, yes.source) == (True, False, "import")
    assert yes.at == datetime.fromisoformat("2025-01-01T00:00:00+09:00")
    told = {key: yes.evidence[key] for key in ("import", "row", "column", "said", "given_at", "entered_by")}
    assert told == {
        "import": run.pk, "row": 2, "column": "수신동의", "said": "Y", "given_at": "Sign-up form",
        "entered_by": MANAGER.name,
    }  # fmt: skip


def test_undoing_removes_who_came_and_keeps_the_books(now: datetime) -> None:
    run = bring(upload(FILE))
    run = do(run, "undo", now + HOUR)
    assert run.state == "undone"
    assert run.undone == {"points": 2, "consents": 0, "restored": 0, "removed": 3, "left": 0}
    assert not Identity.objects.exists()
    assert [c.name for c in Customer.objects.all()] == ["", ""]  # the two on whom the ledger stands
    assert set(Customer.objects.values_list("erased_at", flat=True)) == {now + HOUR}
    assert set(Balance.objects.values_list("available", flat=True)) == {0}


def test_undoing_leaves_what_was_touched_since(now: datetime) -> None:
    known = add_customer(country="KR", actor=SYSTEM, at=now, name="", email="sechan@example.com")
    run = bring(upload(FILE))
    prove_email("hana@example.com", at=now + HOUR, actor=SYSTEM)
    Customer.objects.filter(pk=known.pk).update(name="박세찬이")
    ledger.adjust(Customer.objects.get(name="이두리").pk, -100, reason="used", actor=SYSTEM, key="use", at=now + HOUR)
    run = do(run, "undo", now + DAY)
    assert found(run, real=True) == {
        2: "Has changed since, has orders or points of its own: left as it is.",
        3: "Has changed since, has orders or points of its own: left as it is.",
        4: "Was changed since the import: left as it is.",
    }
    assert Customer.objects.get(pk=known.pk).name == "박세찬이"
    assert Balance.objects.get(customer__name="이두리").debt == 100
    assert available(name="김하나") == 0


def test_undoing_restores_fields_and_decisions(now: datetime) -> None:
    known = add_customer(country="KR", actor=SYSTEM, at=now, name="Hana", email="a@example.com")
    columns = {"0": "email", "1": "consent_email", "2": "name"}
    content = "email,ok,name\na@example.com,Y,하나\n"
    run = bring(upload(content), columns=columns, existing="update", **SAID)
    assert (Customer.objects.get().name, Consent.objects.get().granted) == ("하나", True)
    do(run, "undo", now + HOUR)
    known.refresh_from_db()
    assert known.name == "Hana"
    assert [c.granted for c in Consent.objects.order_by("id")] == [True, False]


def test_it_pauses_goes_on_and_stops_between_chunks(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.lines.UNITS", {"customers": 1})
    monkeypatch.setattr("imports.work.TURN_SECONDS", 0)
    run = check(upload(FILE))
    from imports import acts
    from imports.work import work as turn

    acts.act(run.pk, "start", actor=MANAGER, at=now)
    turn(now)
    acts.act(run.pk, "pause", actor=MANAGER, at=now)
    assert (work(run).row, work(run).state) == (1, "paused")
    acts.act(run.pk, "resume", actor=MANAGER, at=now)
    turn(now)
    acts.act(run.pk, "stop", actor=MANAGER, at=now)
    run = work(run)
    assert (run.row, run.state, Customer.objects.count()) == (2, "stopped", 2)
    assert do(run, "undo").undone["removed"] == 2, found(run, real=True)


def test_a_worker_that_dies_within_a_chunk_leaves_nothing_of_it(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from imports import acts, customers
    from imports.work import work as turn

    run = check(upload(FILE))
    acts.act(run.pk, "start", actor=MANAGER, at=now)
    with monkeypatch.context() as patched:
        patched.setattr(customers, "_write_points", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            turn(now)
    assert (Customer.objects.count(), Run.objects.get().row, Run.objects.get().attempts) == (0, 0, 1)
    assert counts(work(run, now + HOUR).done) == {"c": 3}


def test_two_runs_at_once_take_turns_and_double_nobody(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from imports import acts

    monkeypatch.setattr("imports.lines.UNITS", {"customers": 1})
    monkeypatch.setattr("imports.work.TURN_SECONDS", 0)
    first, second = check(upload(FILE)), check(upload(FILE.replace("12,000", "13,000")))
    for run in (first, second):
        acts.act(run.pk, "start", actor=MANAGER, at=now)
    assert {work(first).state, work(second).state} == {"done"}
    assert (Customer.objects.count(), available(email="hana@example.com")) == (3, 13_000)


def test_one_row_that_the_database_refuses_stays_out_alone(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import IntegrityError

    from imports import customers

    real = customers._write_points

    def refuse(cases: list[customers._Case], context: object) -> None:
        if any(case.person.name == "이두리" for case in cases):
            raise IntegrityError
        real(cases, context)  # type: ignore[arg-type]

    monkeypatch.setattr(customers, "_write_points", refuse)
    run = bring(upload(FILE))
    assert (counts(run.done), found(run, real=True)) == ({"c": 2, "e": 1}, {3: "This row could not be stored."})


def test_after_thirty_days_nothing_personal_is_left(now: datetime) -> None:
    from django.core.files.storage import default_storage

    run = bring(upload(FILE))
    path = run.path
    assert default_storage.exists(f"{path}/lines.jsonl")
    run = work(run, now + 31 * DAY)
    assert (run.path, run.sample, counts(run.done)) == ("", [], {"c": 3})
    assert not default_storage.exists(f"{path}/lines.jsonl")
    assert not run.chunks.exists()
