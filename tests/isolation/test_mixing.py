"""Two shops worked at by turns, at random, with all that can go wrong in between: each stays as it should be."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from customers.models import Customer
from customers.profiles import add_customer
from loyalty import ledger
from loyalty.models import Balance
from portal import codes
from portal.models import SignInCode
from staff.actors import SYSTEM
from staff.models import Role
from tenants.alarms import drain
from tenants.models import Alarm, Merchant
from tests.conftest import RUN, client_of, staff_of
from tests.shops import forget_cached

pytestmark = pytest.mark.django_db
SHOPS = ("cafe", "bikes")
shops = st.sampled_from(SHOPS)


class Deliberate(Exception):
    """Thrown in the middle of something."""


class Mixing(RuleBasedStateMachine):
    """The model is a plain dictionary for each shop; the rules are what requests, workers and errors do."""

    merchants: ClassVar[dict[str, Merchant]]
    clients: ClassVar[dict[str, Client]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.points: dict[str, dict[str, int]] = {shop: {} for shop in SHOPS}
        self.cached: dict[str, str] = {}
        self.asked = dict.fromkeys(SHOPS, 0)
        self.number = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        connection.set_schema_to_public()
        forget_cached(RUN)

    @rule(shop=shops)
    def a_customer_is_added_by_a_page(self, shop: str) -> None:
        name = self.new_name(shop)
        answer = self.clients[shop].post("/backoffice/customers/new/", {"name": name})
        assert answer.status_code == 302
        self.points[shop][name] = 0

    @rule(shop=shops, points=st.integers(1, 50))
    def points_are_given(self, shop: str, points: int) -> None:
        for name in list(self.points[shop])[-1:]:
            self.give(shop, name, points)
            self.points[shop][name] += points

    @rule(shop=shops)
    def something_fails_halfway(self, shop: str) -> None:
        with contextlib.suppress(Deliberate), tenant_context(self.merchants[shop]), transaction.atomic():
            self.add(self.new_name(shop))
            raise Deliberate

    @rule(shop=shops, other=shops)
    def something_fails_within_a_visit_to_another_shop(self, shop: str, other: str) -> None:
        name = self.new_name(shop)
        with tenant_context(self.merchants[shop]), transaction.atomic():
            with contextlib.suppress(Deliberate), transaction.atomic(), tenant_context(self.merchants[other]):
                self.add(self.new_name(other))
                raise Deliberate
            self.add(name)
        self.points[shop][name] = 0

    @rule(shop=shops)
    def the_database_refuses(self, shop: str) -> None:
        with tenant_context(self.merchants[shop]), contextlib.suppress(IntegrityError), transaction.atomic():
            customer = self.add(self.new_name(shop))
            Customer.objects.create(card_code=customer.card_code, created_at=timezone.now())

    @rule(shop=shops)
    def a_code_is_asked_for_and_a_worker_sends_it(self, shop: str) -> None:
        with tenant_context(self.merchants[shop]), transaction.atomic():
            codes.ask(f"somebody@{shop}.example", language="en", at=timezone.now())
        self.asked[shop] += 1
        drain(self.merchants[shop], timezone.now() + timedelta(seconds=1))

    @rule(shop=shops, value=st.text("abc", min_size=1))
    def something_is_cached(self, shop: str, value: str) -> None:
        with tenant_context(self.merchants[shop]):
            cache.set("figures", value)
        self.cached[shop] = value

    @rule(shop=shops, path=st.sampled_from(["/backoffice/", "/backoffice/customers/", "/", "/nothing/", "/me/"]))
    def a_page_is_looked_at(self, shop: str, path: str) -> None:
        page = self.clients[shop].get(path).content.decode()
        assert not [name for other in SHOPS if other != shop for name in self.points[other] if name in page]

    @precondition(lambda self: self.number)
    @invariant()
    def each_shop_is_as_it_should_be(self) -> None:
        for shop, merchant in self.merchants.items():
            with tenant_context(merchant):
                balances = {b.customer_id: b.available for b in Balance.objects.all()}
                assert {c.name: balances.get(c.pk, 0) for c in Customer.objects.all()} == self.points[shop]
                assert SignInCode.objects.count() == self.asked[shop]
                assert cache.get("figures") == self.cached.get(shop)
        assert not Alarm.objects.exclude(schema_name__in=[m.schema_name for m in self.merchants.values()]).exists()

    def new_name(self, shop: str) -> str:
        self.number += 1
        return f"{shop}-{self.number}-customer"

    def add(self, name: str) -> Customer:
        return add_customer(country="KR", actor=SYSTEM, at=timezone.now(), name=name, email="", phone="")

    def give(self, shop: str, name: str, points: int) -> None:
        self.number += 1
        with tenant_context(self.merchants[shop]):
            customer = Customer.objects.get(name=name)
            key = f"{shop}-{self.number}"
            ledger.adjust(customer.pk, points, reason="gift", actor=SYSTEM, key=key, at=timezone.now())


@pytest.fixture
def _two_shops(cafe: Merchant, bikes: Merchant) -> None:
    Mixing.merchants = {"cafe": cafe, "bikes": bikes}
    Mixing.clients = {shop: client_of(m, staff_of(m, Role.OWNER)) for shop, m in Mixing.merchants.items()}


@pytest.mark.usefixtures("_two_shops")
def test_however_work_is_mixed_each_shop_has_its_own() -> None:
    checks: list[Any] = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    how = settings(
        max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=checks, derandomize=True
    )
    run_state_machine_as_test(Mixing, settings=how)
