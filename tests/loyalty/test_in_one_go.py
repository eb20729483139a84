"""Taking a plain reward outside a transaction: one statement that commits itself, by rules that are remembered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from customers.models import Event
from loyalty.audit import audit
from loyalty.ledger import KeyReused, NotEnoughPoints
from loyalty.models import Redemption
from loyalty.redemption import CannotRedeem
from loyalty.terms_in_force import terms_in_force
from tenants.models import Alarm, Merchant
from tests.loyalty.members import has
from tests.loyalty.rewards import publish, regular, reward, take
from tests.shops import NOW
from tests.threads import threads
from webhooks.models import Endpoint, Message

pytestmark = pytest.mark.django_db(transaction=True)


def seen(*rewards: dict[str, Any], **more: Any) -> None:
    """A programme that this process has met."""
    publish(*rewards, **more)
    assert terms_in_force(more.get("at", NOW))


def test_it_is_one_statement(cafe: Merchant, django_assert_num_queries: Any) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular()
        with django_assert_num_queries(1):
            taken = take(who)
        assert Redemption.objects.get(pk=taken.pk).hold_id == taken.hold_id
        assert has(who) == {"available": 900, "held": 100}
        assert Event.objects.filter(kind="reward.redeemed", subject_id=taken.pk).count() == 1
        assert Alarm.objects.filter(schema_name=cafe.schema_name, kind="redemptions").exists()
        assert audit() == []


def test_new_rules_count_from_their_moment(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular()
        publish(reward(points=300), at=NOW + timedelta(hours=1))
        taken = [take(who, key="early"), take(who, key="late", at=NOW + timedelta(hours=1))]
        assert [one.points for one in taken] == [100, 300]


def test_rules_that_come_between_two_questions_are_not_taken_for_those_before(cafe: Merchant, bikes: Merchant) -> None:
    """What is remembered of one wording serves every shop that has it."""
    plain, dearer = reward("between"), reward("between", points=300)
    asked: list[str] = []

    def publish_in_between(execute: Any, sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if "md5(rules" in sql and not asked:
            asked.append(sql)
            with threads(1) as pool:
                pool.start(publish_there).result(20)
        return done

    def publish_there() -> None:
        with tenant_context(cafe):
            publish(dearer)

    with tenant_context(cafe):
        publish(plain, at=NOW - timedelta(hours=1))
        with connection.execute_wrapper(publish_in_between):
            terms_in_force(NOW)
    with tenant_context(bikes):
        publish(plain)
        rules = terms_in_force(NOW)
        assert (len(asked), [one.points for one in rules.rewards] if rules else []) == (1, [100])


def test_a_reward_that_is_gone_meanwhile_is_refused(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular()
        publish(reward("cake"))
        with pytest.raises(CannotRedeem, match="unknown_reward"):
            take(who)


def test_the_same_key_answers_the_same(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular()
        assert take(who) == take(who)
        assert has(who) == {"available": 900, "held": 100}


def test_another_member_under_the_same_key_is_refused(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        Redemption.objects.filter(pk=take(regular()).pk).update(key=f"{(who := regular())}:k1")
        with pytest.raises(KeyReused):
            take(who)


def test_too_few_points_leave_nothing_behind(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular(99)
        with pytest.raises(NotEnoughPoints):
            take(who)
        assert (Redemption.objects.count(), has(who)) == (0, {"available": 99})
        assert audit() == []


def test_whoever_listens_is_told(cafe: Merchant) -> None:
    with tenant_context(cafe):
        seen(reward())
        who = regular()
        Endpoint.objects.create(public_id="we_1", url="https://example.com/hook", secrets="", created_at=NOW)
        take(who)
        told = list(Message.objects.order_by("id").values_list("type", flat=True))
        assert told == ["points.changed", "reward.redeemed"]
