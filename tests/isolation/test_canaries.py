"""The filled shop: a test that looks for canaries is worth as much as the canaries that were put out."""

from __future__ import annotations

from tests.isolation.canaries import LEAST, columns, digest_of, texts_of
from tests.isolation.filling import Filled

# Columns that hold the same few words at every shop, or nothing; each with the reason.
EXPLAINED = {
    "api_apikey.scopes": "words of our own",
    "account_emailconfirmation.key": "stays empty: allauth signs its links instead",
    "customers_consent.channel": "a word of our own",
    "customers_consent.purpose": "a word of our own",
    "customers_customer.language": "a language",
    "customers_event.kind": "a word of our own",
    "customers_order.currency": "a currency",
    "imports_chunk.outcomes": "a letter for each row",
    "imports_run.encoding": "an encoding",
    "imports_run.problem": "words of our own",
    "imports_run.source": "a word of our own, or a store's id",
    "imports_run.undone": "numbers, under words of our own",
    "loyalty_backdating.counts": "numbers, under words of our own",
    "loyalty_claim.currency": "a currency",
    "loyalty_journal.actor_kind": "a word of our own",
    "loyalty_orderearning.outcome": "a word of our own",
    "loyalty_balance.tier": "a key of the programme",
    "loyalty_redemption.currency": "a currency",
    "loyalty_redemption.origin": "a word of our own",
    "loyalty_redemption.reward": "a reward’s place among those that a shop begins with",
    "portal_signincode.language": "a language",
    "loyalty_stamp.actor_kind": "a word of our own",
    "loyalty_stamp.card": "a key of the programme",
    "loyalty_stamp.reason": "a word of our own",
    "staff_auditentry.action": "a word of our own",
    "staff_auditentry.actor_kind": "a word of our own",
    "staff_auditentry.object_kind": "a word of our own",
    "staff_user.language": "a language",
    "storefront_delivery.reason": "a sentence of our own",
    "storefront_storesecret.hint": "four characters",
    "usersessions_usersession.data": "nothing is kept there",
    "usersessions_usersession.ip": "an address",
    "webhooks_endpoint.types": "words of our own",
    "webhooks_message.type": "a word of our own",
}
# Tables that stay empty in a filled shop; each with the reason.
EMPTY = {
    "account_emailconfirmation": "allauth signs its links instead",
    "django_migrations": "the public schema keeps them",
}


def test_every_text_column_holds_what_only_this_shop_has(ours: Filled, theirs: Filled) -> None:
    here, there = texts_of(ours), texts_of(theirs)
    free = {f"{model._meta.db_table}.{field.column}" for model, field in columns() if not field.choices}
    plain = {name for name in free if not any(len(text) >= LEAST for text in there[name] - here[name])}
    assert plain == EXPLAINED.keys()


def test_every_table_holds_something(theirs: Filled) -> None:
    empty = {table for table, digest in digest_of(theirs).items() if not digest}
    assert empty <= EMPTY.keys()
