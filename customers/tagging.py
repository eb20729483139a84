"""Staff's own words on customers: "VIP", "wholesale", "allergic to nuts". Rules and segments may ask for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from customers.events import Happened, record, tell
from customers.models import Customer
from staff import audit
from staff.actors import Actor

LONGEST = 40
MOST = 30  # on one customer

# Adds and removes at once; tells each customer that changed, with the tags before and after, sorted.
CHANGE = """
WITH before AS MATERIALIZED (
    SELECT id, tags FROM customers_customer WHERE id = ANY (%(ids)s) ORDER BY id FOR NO KEY UPDATE
), wanted AS (
    SELECT id, before.tags AS had, ARRAY(
        SELECT DISTINCT tag FROM unnest(before.tags || %(add)s::varchar[]) AS tag
        WHERE tag <> ALL (%(remove)s::varchar[]) ORDER BY tag
    )::varchar[] AS has FROM before
), changed AS (
    SELECT * FROM wanted WHERE cardinality(has) <= greatest(%(most)s, cardinality(had))
        AND NOT (had @> has AND had <@ has)
)
UPDATE customers_customer c SET tags = changed.has FROM changed WHERE c.id = changed.id
RETURNING c.id, changed.had, changed.has
"""


class WrongTag(ValueError):
    """The text can be no tag: nothing in it, or longer than LONGEST."""


def normalise_tag(text: str) -> str:
    """A tag as it is kept: composed letters, single spaces, no `#` or comma at its ends. Raises WrongTag."""
    tag = " ".join(unicodedata.normalize("NFC", text.replace("\0", "")).split()).strip("#, ")
    if not tag or len(tag) > LONGEST or "," in tag:
        raise WrongTag(text)
    return tag


def tags_of(text: str) -> list[str]:
    """The tags in a text that separates them with commas or lines, each once. Raises WrongTag."""
    pieces = [piece for piece in text.replace("\n", ",").split(",") if piece.strip()]
    return list(dict.fromkeys(normalise_tag(piece) for piece in pieces))


def tag(
    customer_ids: Iterable[int], add: Collection[str] = (), remove: Collection[str] = (), *, actor: Actor, at: datetime
) -> dict[int, list[list[str]]]:
    """Put tags on these customers and take others off: {customer: [before, after]} of those that changed.

    Nobody gets more than MOST. Records `customer.tagged`. Call inside a transaction. Raises WrongTag.
    """
    changed = change_tags(customer_ids, add, remove, at=at)
    for customer in Customer.objects.filter(pk__in=changed).order_by("pk"):
        before, after = (", ".join(tags) for tags in changed[customer.pk])
        audit.record(
            "customer.tagged", actor=actor, at=at, object_kind="customer", object_id=customer.pk,
            object_label=str(customer), changes={"tags": [before, after]},
        )  # fmt: skip
    return changed


def change_tags(
    customer_ids: Iterable[int], add: Collection[str] = (), remove: Collection[str] = (), *, at: datetime
) -> dict[int, list[list[str]]]:
    """As `tag`, without the trail: for changes of many, which stand there as one."""
    values: dict[str, Any] = {
        "ids": sorted(customer_ids), "add": [normalise_tag(t) for t in add if t not in remove], "remove": list(remove),
        "most": MOST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, values)
        changed = {pk: [list(before), list(after)] for pk, before, after in cursor.fetchall()}
    tell([Happened("customer.updated", at, customer_id=pk) for pk in changed], at=at)
    record(
        [Happened("customer.tagged", at, pk, data={"before": had, "after": has}) for pk, (had, has) in changed.items()],
        at=at,
    )
    return changed


def known_tags(limit: int = 50) -> list[str]:
    """Tags that are in use, by their letters: a sample of a large shop's customers tells them."""
    sql = (
        "SELECT DISTINCT tag FROM (SELECT unnest(tags) AS tag FROM customers_customer"
        " WHERE tags <> '{}' LIMIT 20000) t ORDER BY tag LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [limit])
        return [tag for (tag,) in cursor.fetchall()]
