"""Merging, parting and erasing while the till serves the very member: one waits for the other, nobody is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.erasing import erase
from customers.merging import merge
from customers.models import Customer
from customers.unmerging import unmerge
from loyalty import redemption, using
from loyalty.audit import audit
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.rewards import publish, regular, reward, take, told
from tests.shops import NOW
from tests.threads import threads

pytestmark = pytest.mark.django_db(transaction=True)


def do(act: Callable[..., Any], *who: int) -> None:
    with transaction.atomic():
        act(*(Customer.objects.get(pk=pk) for pk in who), actor=SYSTEM, at=NOW)


@pytest.mark.parametrize("act", ["merge", "unmerge", "erase"])
@pytest.mark.parametrize("kind", ["taken", "given"])
def test_a_till_that_is_busy_with_the_member_is_waited_for(cafe: Merchant, act: str, kind: str) -> None:
    """The till has locked what it locks first, then the other begins, then the till writes what happened."""
    with tenant_context(cafe):
        publish(reward())
        who, other = regular(), regular()
        if act == "unmerge":
            do(merge, other, who)
        code = take(who) if kind == "taken" else redemption.grant(who, "coffee", origin="staff", **told("gift"))
        doing = {
            "merge": lambda: do(merge, who, other),
            "unmerge": lambda: do(unmerge, other),
            "erase": lambda: do(erase, who),
        }

        def begin() -> None:
            with tenant_context(cafe):
                doing[act]()

        with threads(1) as pool:
            with transaction.atomic():
                using.locked(code.pk)
                another = pool.start(begin)
                with pytest.raises(TimeoutError):
                    another.result(0.5)
                using.use(code.pk, **told("use"))
            another.result(20)
        assert audit() == []
