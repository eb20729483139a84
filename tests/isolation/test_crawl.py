"""Every address is tried with everything another shop has. None lets anybody in, shows a word, or changes a row."""

from __future__ import annotations

import pytest

from staff.models import Role
from tenants.models import Merchant
from tests.isolation.canaries import digest_of
from tests.isolation.conftest import Shops
from tests.isolation.doors import DOORS, patterns
from tests.isolation.filling import Filled
from tests.isolation.knocking import METHODS, Answer, answers, knock, undone

SHOP, PUBLIC = "config.urls.shop", "config.urls.public"
# What anybody may leave at a shop: a session for the sign-in form, a code for an address.
STRANGERS_LEAVE = ("django_session", "portal_signincode")
# Doors that need more than a cookie; tests/storefront and tests/portal open them.
NEED_MORE = {
    "api:refund", "api:nothing_here", "storefront:hook", "hooks/<slug:public_id>", "portal:another_code",
    "backoffice:store_keys", "widget:enter",
}  # fmt: skip
EVERYTHING = (*Role, "shopper", "asking")


def trespasses(answer: Answer, both: Shops) -> list[str]:
    """What is wrong about an answer to somebody who has nothing to do with this shop."""
    found = [f"{answer} shows {shown}" for shown in both.canaries.in_(answer.seen, said=answer.said)]
    if answer.response.status_code >= 500:
        found.append(f"{answer} fails")
    if not (answer.door.open or answer.refuses):
        found.append(f"{answer} lets strangers in")
    return found


@pytest.mark.parametrize("urlconf", DOORS)
def test_every_address_is_known_here(urlconf: str) -> None:
    names = {name for name, _pattern, _route in patterns(urlconf)}
    assert names - {"styles"} == DOORS[urlconf].keys()


def test_the_keys_open_their_own_doors(theirs: Filled) -> None:
    """Otherwise the crawl would prove nothing."""
    closed = []
    for name, _pattern, route in patterns(SHOP):
        door = DOORS[SHOP][name]
        found = []
        for method in ("get", "post"):
            with undone():
                client = theirs.client(*door.jars)
                found.append(knock(client, name, door, route, SHOP, theirs, theirs, method))
        if name not in NEED_MORE and not any(a.response.status_code in door.opens and not a.refuses for a in found):
            closed.append(", ".join(map(str, found)))
    assert not closed, "\n".join(closed)


def test_their_own_pages_show_canaries(both: Shops) -> None:
    client = both.theirs.client(Role.OWNER, "shopper")
    shown = {
        answer.name
        for answer in answers(client, SHOP, ids=both.theirs, bearer=both.theirs, methods=("get",), undo=True)
        if both.canaries.in_(answer.seen, said=answer.said)
    }
    assert len(shown) >= 30


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role or "nobody")
def test_nobody_of_another_shop_gets_in(both: Shops, role: Role | None) -> None:
    jars = (role, "shopper", "asking") if role else ()
    client, before = both.ours.client(*jars, at=both.theirs.merchant), digest_of(both.theirs, without=STRANGERS_LEAVE)
    methods = METHODS if role in {Role.OWNER, None} else ("post",)
    found = [
        trespass
        for answer in answers(client, SHOP, ids=both.theirs, bearer=both.ours, methods=methods)
        for trespass in trespasses(answer, both)
    ]
    assert not found, "\n".join(found)
    assert digest_of(both.theirs, without=STRANGERS_LEAVE) == before


def test_sessions_and_tokens_of_another_shop_are_worth_nothing_here(both: Shops) -> None:
    client = both.theirs.client(Role.OWNER, "shopper", "asking", at=both.ours.merchant)
    before = digest_of(both.ours, without=STRANGERS_LEAVE), digest_of(both.theirs)
    found = [
        trespass
        for answer in answers(client, SHOP, ids=both.theirs, bearer=both.theirs)
        for trespass in trespasses(answer, both)
    ]
    assert not found, "\n".join(found)
    assert (digest_of(both.ours, without=STRANGERS_LEAVE), digest_of(both.theirs)) == before


def test_an_owner_reaches_nothing_of_another_shop_by_its_ids(both: Shops) -> None:
    client, before = both.ours.client(Role.OWNER, "shopper"), digest_of(both.theirs)
    found = []
    for answer in answers(client, SHOP, ids=both.theirs, bearer=both.theirs, undo=True):
        found += [f"{answer} shows {shown}" for shown in both.canaries.in_(answer.seen, said=answer.said)]
        if answer.door.kwargs(both.theirs) and not (answer.door.any_id or answer.door.open or answer.refuses):
            found.append(f"{answer} finds something")
        if answer.response.status_code >= 500:
            found.append(f"{answer} fails")
        if answer.method == "post" and digest_of(both.theirs) != before:
            found.append(f"{answer} changes something")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("jars", [(), EVERYTHING], ids=["nobody", "everybody"])
def test_the_public_host_knows_nobody_of_a_shop(both: Shops, jars: tuple[str, ...]) -> None:
    client, before = both.theirs.client(*jars), digest_of(both.theirs)
    client.defaults["HTTP_HOST"] = Merchant.objects.get(schema_name="public").domains.get(is_primary=True).domain
    methods = METHODS if jars else ("get", "post")
    found = [
        trespass
        for answer in answers(client, PUBLIC, ids=both.theirs, bearer=both.theirs, methods=methods)
        for trespass in trespasses(answer, both)
    ]
    assert not found, "\n".join(found)
    assert digest_of(both.theirs) == before
