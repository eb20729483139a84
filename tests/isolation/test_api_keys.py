"""A valid key of one shop, and the ids of another."""

from __future__ import annotations

from tests.isolation.canaries import digest_of
from tests.isolation.conftest import Shops
from tests.isolation.doors import DOORS, patterns
from tests.isolation.knocking import knock

SHOP = "config.urls.shop"
METHODS = ("get", "post", "put", "patch", "delete")


def test_a_key_finds_nothing_by_the_ids_of_another_shop(both: Shops) -> None:
    before, found = digest_of(both.theirs), []
    for name, _pattern, route in patterns(SHOP):
        door = DOORS[SHOP][name]
        if not door.key:
            continue
        for method in METHODS:
            answer = knock(both.ours.client(), name, door, route, SHOP, both.theirs, both.ours, method)
            found += [f"{answer} shows {shown}" for shown in both.canaries.in_(answer.seen, said=answer.said)]
            if door.kwargs(both.theirs) and not (door.any_id or answer.response.status_code in {400, 404, 405, 422}):
                found.append(f"{answer} finds something")
    assert not found, "\n".join(found)
    assert digest_of(both.theirs) == before


def test_a_key_opens_nothing_at_another_shop(both: Shops) -> None:
    before, found = digest_of(both.theirs), []
    for name, _pattern, route in patterns(SHOP):
        door = DOORS[SHOP][name]
        for method in METHODS if door.key else ():
            client = both.ours.client(at=both.theirs.merchant)
            answer = knock(client, name, door, route, SHOP, both.theirs, both.ours, method)
            if answer.response.status_code not in {401, 429}:
                found.append(str(answer))
    assert not found, "\n".join(found)
    assert digest_of(both.theirs) == before
