"""Codes of rewards at the shops' checkouts: made and withdrawn by the alarm, through everything that can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers import coupons
from customers.models import Identity
from loyalty import redemption
from loyalty.issuing import ASKED, FIRST_PAUSE, LEASE, MOST_ATTEMPTS, attend, run
from loyalty.models import Redemption
from loyalty.offers import offers
from loyalty.using import UNDO, try_again
from staff.actors import SYSTEM
from storefront.stores import disconnect
from tenants.models import Merchant
from tests.loyalty.members import has
from tests.loyalty.rewards import publish, regular, reward, told
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shopify import ShopifyShop
from tests.platforms.woocommerce import WooCommerceShop
from tests.shops import NOW

pytestmark = pytest.mark.django_db

SHOPS = {"shopify": ShopifyShop, "woocommerce": WooCommerceShop, "cafe24": Cafe24Shop}
CAPPED: dict[str, Any] = {"kind": "percent", "percent": 15, "most_value_minor": 5000, "where": ["store"]}
REWARDS = (
    reward(),
    reward("part", kind="percent", percent=15, minimum_minor=30_000),
    reward("cut", kind="percent", percent=15, most_value_minor=5000),
    reward("ship", kind="shipping", value_minor=3000),
    reward("free", kind="product", product="87"),
    reward("slide", kind="variable"),
    reward("hand", kind="manual"),
)


@pytest.fixture(params=list(SHOPS))
def connection(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    """A shop of each platform, connected, in a café with rewards; inside the café."""
    with connected(cafe, SHOPS[request.param](now=NOW), at=NOW) as connection, tenant_context(cafe):
        connection.shop.send = lambda message: 200
        publish(*REWARDS)
        yield connection


@pytest.fixture
def who(connection: Connection) -> int:
    """A member with points and an account at the shop."""
    account = connection.shop.register("Minji", "minji@example.com")
    member = regular(10_000)
    Identity.objects.create(
        customer_id=member, kind="store", source=connection.store.public_id, value=account.id, proven_at=NOW
    )
    return member


def take(who: int, key: str = "coffee", **more: Any) -> Redemption:
    number = Redemption.objects.count()
    return redemption.redeem(who, key, key=f"{who}:{number}", at=NOW, actor=SYSTEM, **more)


def now(taken: Redemption) -> Redemption:
    return Redemption.objects.get(pk=taken.pk)


def only(kind: str) -> Callable[[Any], Any]:
    """The test is about this platform alone."""
    return pytest.mark.parametrize("connection", [kind], indirect=True)


def test_the_alarm_makes_the_code_at_the_shop(connection: Connection, who: int) -> None:
    taken = take(who)
    assert (taken.at_store, taken.store, len(connection.shop.coupons)) == ("wanted", connection.store.public_id, 0)
    run(NOW)
    made = now(taken)
    assert (made.at_store, made.due_at, made.external_id != "") == ("made", made.valid_until, True)
    assert connection.shop.coupons.only().code.upper() == taken.code


@pytest.mark.parametrize(
    ("trouble", "attempts"),
    [
        (lambda server: server.limit(retry_after="600"), 1),
        (lambda server: server.fail(status=503), 1),
        (lambda server: server.fail(times=3), 3),
    ],
    ids=["429", "503", "500 three times"],
)
def test_a_shop_in_trouble_is_asked_again_later(connection: Connection, who: int, trouble: Any, attempts: int) -> None:
    taken = take(who)
    trouble(connection.server)
    at = NOW
    for attempt in range(attempts):
        run(at)
        failed = now(taken)
        assert (failed.at_store, failed.attempts, bool(failed.problem)) == ("wanted", attempt + 1, True)
        assert failed.due_at is not None
        assert failed.due_at >= at + FIRST_PAUSE * 2**attempt
        at = failed.due_at
    run(at)
    assert (now(taken).at_store, now(taken).problem) == ("made", "")


def test_an_answer_that_was_lost_makes_no_second_code(connection: Connection, who: int) -> None:
    taken = take(who)
    path = "graphql" if connection.shop.KIND == "shopify" else "coupons"
    connection.server.cut(path=path, times=2 if connection.shop.KIND == "cafe24" else 1)
    run(NOW)
    again = now(taken).due_at
    assert again is not None
    run(again)
    run(again + timedelta(hours=1))
    assert now(taken).at_store == "made"
    assert len(connection.shop.coupons) == 1


def test_a_lacking_permission_waits_for_a_person(connection: Connection, who: int) -> None:
    taken = take(who)
    shop, scopes = connection.shop, getattr(connection.shop, "scopes", [])
    if shop.KIND == "woocommerce":
        shop.may_write = False
    else:
        shop.scopes = [scope for scope in scopes if "discounts" not in scope and "promotion" not in scope]
    run(NOW)
    failed = now(taken)
    assert (failed.at_store, failed.problem.split(":")[0]) == ("failed", "missing_permission")
    shop.scopes, shop.may_write = scopes, True
    try_again(taken.pk, actor=SYSTEM, at=NOW)
    run(NOW)
    assert now(taken).at_store == "made"


def test_it_gives_up_after_half_a_day_and_the_points_stay_set_aside(connection: Connection, who: int) -> None:
    taken = take(who)
    connection.server.fail(times=100)
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        run(at)
        at = now(taken).due_at or at
    assert (now(taken).at_store, now(taken).state, at) == ("failed", "ready", taken.valid_until)


def test_a_cancelled_code_is_withdrawn(connection: Connection, who: int) -> None:
    taken = take(who)
    run(NOW)
    redemption.cancel(taken.pk, reason="", **told("c"))
    connection.server.fail()
    run(NOW)
    failed = now(taken)
    assert (failed.at_store, len(connection.shop.coupons)) == ("withdrawing", 1)
    assert has(who) == {"available": 10_000}
    run(failed.due_at or NOW)
    assert (now(taken).at_store, now(taken).due_at, len(connection.shop.coupons)) == ("withdrawn", None, 0)


def test_a_code_cancelled_before_it_was_made_is_never_made(connection: Connection, who: int) -> None:
    taken = take(who)
    redemption.cancel(taken.pk, reason="", **told("c"))
    run(NOW)
    assert (now(taken).at_store, len(connection.shop.coupons)) == ("withdrawn", 0)


def test_a_code_cancelled_while_the_shop_makes_it_is_withdrawn_after(
    connection: Connection, who: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = take(who)
    really = coupons.make

    def meanwhile(*args: Any, **kwargs: Any) -> str:
        made = really(*args, **kwargs)
        redemption.cancel(taken.pk, reason="", **told("c"))
        return made

    monkeypatch.setattr(coupons, "make", meanwhile)
    run(NOW)
    assert now(taken).at_store == "withdrawing"
    run(NOW + LEASE)
    assert (now(taken).at_store, len(connection.shop.coupons)) == ("withdrawn", 0)


def test_a_code_used_at_the_till_is_withdrawn_but_not_while_it_can_be_undone(connection: Connection, who: int) -> None:
    taken = take(who)
    run(NOW)
    redemption.use(taken.pk, **told("u"))
    run(NOW + UNDO / 2)
    redemption.unuse(taken.pk, **told("undo", at=NOW + UNDO / 2))
    assert (now(taken).at_store, len(connection.shop.coupons)) == ("made", 1)
    redemption.use(taken.pk, **told("u2"))
    run(NOW + UNDO)
    assert (now(taken).at_store, len(connection.shop.coupons)) == ("withdrawn", 0)


def test_a_withdrawal_ends_with_the_codes_time(connection: Connection, who: int) -> None:
    taken = take(who)
    run(NOW)
    redemption.cancel(taken.pk, reason="", **told("c"))
    disconnect(connection.store, actor=SYSTEM, at=NOW)
    run(NOW)
    failed = now(taken)
    assert failed.at_store == "withdrawing"
    attend(failed, at=taken.valid_until + timedelta(days=1))
    assert (now(taken).at_store, now(taken).due_at) == ("withdrawn", None)


def test_two_workers_make_one_code(connection: Connection, who: int) -> None:
    taken = take(who)
    stale = now(taken)
    run(NOW)
    asked = len(connection.server.asked)
    attend(stale, at=NOW)
    assert len(connection.server.asked) == asked


def test_one_run_asks_few_times_and_leaves_the_rest_due(connection: Connection, who: int) -> None:
    for _ in range(ASKED + 2):
        take(who)
    run(NOW)
    assert Redemption.objects.filter(at_store="made").count() == ASKED
    run(NOW)
    assert Redemption.objects.filter(at_store="made").count() == ASKED + 2


def test_what_is_handed_over_needs_no_code_at_a_shop(connection: Connection, who: int) -> None:
    assert take(who, "hand").at_store == "none"
    assert take(who, where="till").at_store == "none"


@only("shopify")
def test_shopify_is_asked_for_what_the_reward_is(connection: Connection, who: int) -> None:
    asked: dict[str, dict[str, Any]] = {}
    for key, more in {"coffee": {}, "part": {}, "ship": {}, "free": {}, "slide": {"points": 300}}.items():
        taken = take(who, key, **more)
        run(NOW)
        found = connection.shop.coupons.with_code(taken.code)
        asked[key] = found.asked
        assert (found.free_shipping, found.asked["usageLimit"]) == (key == "ship", 1)
    won = {"discountAmount": {"amount": "1000", "appliesOnEachItem": False}}
    assert asked["coffee"]["customerGets"] == {"value": won, "items": {"all": True}}
    assert asked["part"]["customerGets"]["value"] == {"percentage": 0.15}
    assert asked["part"]["minimumRequirement"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "30000"}}
    assert asked["free"]["customerGets"]["items"] == {"products": {"productsToAdd": ["gid://shopify/Product/87"]}}
    assert asked["slide"]["customerGets"]["value"]["discountAmount"]["amount"] == "3000"
    assert asked["coffee"]["endsAt"].startswith("2027-02-18T14:59:59")


@only("woocommerce")
def test_woocommerce_is_asked_for_what_the_reward_is(connection: Connection, who: int) -> None:
    asked: dict[str, dict[str, Any]] = {}
    for key in ("coffee", "part", "ship", "free"):
        taken = take(who, key)
        run(NOW)
        asked[key] = connection.shop.coupons.with_code(taken.code).asked
    assert (asked["coffee"]["discount_type"], asked["coffee"]["amount"]) == ("fixed_cart", "1000")
    assert (asked["part"]["discount_type"], asked["part"]["minimum_amount"]) == ("percent", "30000")
    assert asked["ship"]["free_shipping"] is True
    assert (asked["free"]["product_ids"], asked["free"]["limit_usage_to_x_items"]) == ([87], 1)
    assert {document["usage_limit"] for document in asked.values()} == {1}
    assert asked["coffee"]["date_expires_gmt"] == "2027-02-18T14:59:59"


@only("cafe24")
def test_cafe24_issues_the_coupon_to_the_member_alone(connection: Connection, who: int) -> None:
    account = Identity.objects.get(customer=who).value
    for key, benefit in {"coffee": "A", "cut": "B", "ship": "E", "free": "A"}.items():
        taken = take(who, key)
        run(NOW)
        coupon = connection.shop.coupons.with_code(taken.code)
        assert (coupon.asked["benefit_type"], coupon.members) == (benefit, [account])
    assert coupon.asked["available_product_list"] == [87]


@only("cafe24")
def test_a_member_without_an_account_gets_no_coupon_at_cafe24(connection: Connection) -> None:
    taken = take(regular())
    run(NOW)
    assert (now(taken).at_store, now(taken).problem.split(":")[0]) == ("failed", "not_possible")


@pytest.mark.parametrize("connection", ["shopify", "woocommerce"], indirect=True)
def test_a_limit_that_the_shop_does_not_know_is_not_left_out(connection: Connection, who: int) -> None:
    with pytest.raises(redemption.CannotRedeem) as refused:
        take(who, "cut")
    assert (refused.value.code, has(who)) == ("where", {"available": 10_000})


@pytest.mark.parametrize("connection", ["shopify", "woocommerce"], indirect=True)
def test_what_the_shop_cannot_make_is_offered_for_the_counter_alone(connection: Connection, who: int) -> None:
    publish(reward("cut", kind="percent", percent=15, most_value_minor=5000), reward("net", **CAPPED), at=NOW)
    assert {offer.reward.key: offer.reward.where for offer in offers(who, at=NOW)} == {"cut": ("till",)}


@pytest.mark.parametrize("connection", ["shopify", "woocommerce"], indirect=True)
def test_a_gift_that_the_shop_cannot_make_is_for_the_till(connection: Connection, who: int) -> None:
    given = redemption.grant(who, "cut", origin="staff", key="g1", at=NOW, actor=SYSTEM)
    assert (given.at_store, given.store) == ("none", "")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("amount", {}), ("percent", {}), ("percent", {"most_minor": 5000}), ("shipping", {}),
        ("product", {"product": "87"}), ("product", {"product": "mug"}),
    ],
)  # fmt: skip
def test_what_a_shop_is_said_to_make_is_what_it_makes(
    connection: Connection, who: int, kind: str, more: dict[str, Any]
) -> None:
    (place,) = coupons.places()
    account = Identity.objects.get(customer=who).value
    plain = {"product": "", "most_minor": None, **more}
    wanted = coupons.Coupon(
        code="R7K2M9Q4T8WX1", title="A reward", kind=kind, currency="KRW", amount_minor=1000, percent=10,
        minimum_minor=0, starts_at=NOW, ends_at=NOW + timedelta(days=1), account=account, **plain,
    )  # fmt: skip
    wish = coupons.Wish(kind, plain["most_minor"], plain["product"])
    impossible = coupons.impossible(place, wish)
    assert not (impossible and wish.is_plain)
    if not impossible:
        assert coupons.make(place.public_id, wanted, at=NOW)
    elif (place.platform, kind) != ("shopify", "product"):  # which finds out by asking
        with pytest.raises(coupons.Refused, match="not_possible"):
            coupons.make(place.public_id, wanted, at=NOW)


def test_a_shop_without_makers_of_codes_still_redeems(in_cafe: Merchant) -> None:
    publish(reward())
    taken = take(who := regular())
    assert (taken.at_store, taken.store, has(who)) == ("none", "", {"available": 900, "held": 100})
