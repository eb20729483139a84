"""What is wrong with a connection, and what to do about it, in plain words. Decided from facts alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from storefront.models import Delivery, Store
from storefront.refusals import Refusal

STILL = timedelta(minutes=30)  # a refusal older than this, or than the latest good delivery, is history
STRANGE_ADDRESS = timedelta(minutes=10)
QUIET = 4  # times longer than usual without news, and
QUIET_AT_LEAST = timedelta(days=2)
JUDGED = 20  # latest deliveries


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that is wrong (danger, warning) or worth knowing (info), and what to do about it."""

    tone: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a connection at one moment."""

    at: datetime
    kind: str
    shop_domain: str  # as the merchant entered it; empty where there is none
    has_secret: bool
    disconnected: bool
    refusals: Sequence[Refusal] = ()  # the latest first
    elsewhere: Sequence[Refusal] = ()  # deliveries to an address that no storefront of this shop has
    latest: Sequence[Delivery] = ()  # the newest first, at most JUDGED
    stopped: Sequence[str] = ()  # webhooks that the platform says it has stopped
    api_trouble: str = ""  # why the shop's API could not be asked lately, as an untranslated sentence
    untold: str = ""  # why it does not tell what rules ask for of products, likewise


def advice(facts: Facts) -> list[Advice]:
    """What to tell the merchant, the most pressing first; nothing when all is well."""
    found = [*_door(facts), *_signatures(facts), *_arrived(facts), *_silence(facts), *_products(facts)]
    order = {"danger": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda one: order[one.tone])


def domains_of(deliveries: Iterable[Delivery]) -> set[str]:
    """The shops that Shopify says its deliveries come from."""
    names = ("x-shopify-shop-domain", "shopify-shop-domain")
    return {d.headers[name].lower() for d in deliveries for name in names if d.headers.get(name)}


def _door(facts: Facts) -> Iterator[Advice]:
    last_good = facts.latest[0].received_at if facts.latest else None
    if facts.disconnected:
        if facts.refusals and facts.refusals[0].code == "store_disconnected":
            yield Advice(
                "warning",
                _("The shop still sends to this address."),
                _("It is disconnected here, so nothing is taken. Delete the webhooks there, or connect the shop anew."),
            )
        return
    if not facts.has_secret:
        yield Advice(
            "danger", _("The secret is missing."),
            _("Until you enter the signing secret of your shop system, every delivery is refused."),
        )  # fmt: skip
    strange = next((r for r in facts.elsewhere if facts.at - r.at < STRANGE_ADDRESS), None)
    if strange and (last_good is None or strange.at > last_good):
        yield Advice(
            "warning", _("Something arrives at another address."),
            _("A delivery came to an address that no storefront of this shop has. Copy the address from here once "
              "more, whole and without changes."),
        )  # fmt: skip


def _signatures(facts: Facts) -> Iterator[Advice]:
    """The latest refusal, unless a delivery was accepted after it."""
    last = facts.refusals[0] if facts.refusals else None
    if last is None or facts.disconnected or not facts.has_secret or facts.at - last.at > STILL:
        return
    if facts.latest and facts.latest[0].received_at >= last.at:
        return
    if last.code in WRONG:
        title, text = WRONG[last.code](facts.kind)
        yield Advice("danger", title, text)


def _wrong_secret(kind: str) -> tuple[str, str]:
    texts = {
        Store.Kind.SHOPIFY: _(
            "Shopify signs with another secret. Webhooks from Settings › Notifications have their own secret, shown "
            "below their list; those of an app are signed with the app's client secret. Enter the right one here."
        ),
        Store.Kind.WOOCOMMERCE: _(
            "WooCommerce signs with another secret. Open the webhook there and paste the secret from here again, "
            "without spaces around it; then save the webhook."
        ),
        Store.Kind.CAFE24: _("The key in x-api-key is another. Copy the app's webhook key from Cafe24 again."),
        Store.Kind.SQUARE: _(
            "The signature key is another, or the address at Square differs from the one here: Square signs both. "
            "Compare the address letter by letter, then copy the signature key again."
        ),
        Store.Kind.STRIPE: _(
            "Each destination at Stripe has its own secret, and the test mode another one than the live mode. Reveal "
            "the secret of this very destination and enter it here."
        ),
    }
    text = texts.get(Store.Kind(kind)) or _(
        "Your program signs with another secret, or changes the body after signing. Sign exactly the bytes that you "
        "send."
    )
    return _("The secret is not the right one."), text


def _unsigned(kind: str) -> tuple[str, str]:
    return _("The delivery was not signed."), _(
        "It came without a signature. Did a browser or a test tool call the address? Only your shop system, with its "
        "secret, can deliver here."
    )


def _malformed(kind: str) -> tuple[str, str]:
    return _("The signature is not well-formed."), _(
        "Something on the way changes the headers, or the program builds them wrongly. Compare with the example."
    )


def _expired(kind: str) -> tuple[str, str]:
    return _("The clock over there is wrong."), _(
        "The signature is right, but its time is more than five minutes from ours. Have the sending computer set its "
        "clock by the network."
    )


WRONG = {
    "signature_wrong": _wrong_secret,
    "signature_missing": _unsigned,
    "signature_malformed": _malformed,
    "signature_expired": _expired,
}


def _arrived(facts: Facts) -> Iterator[Advice]:
    """What the accepted deliveries show."""
    others = domains_of(facts.latest[:1]) - {facts.shop_domain.lower()} if facts.shop_domain else set()
    if others:
        yield Advice(
            "danger", _("Another shop sends to this address."),
            _("You entered {ours}, but the latest delivery comes from {theirs}. Check in which shop you made the "
              "webhooks.").format(ours=facts.shop_domain, theirs=", ".join(sorted(others))),
        )  # fmt: skip
    good = [d for d in facts.latest if d.state not in (Delivery.State.NEW, Delivery.State.FAILED)]
    if good and all(_is_test(d) for d in good):
        yield Advice(
            "info", _("So far only test orders came."),
            _("The connection works. A test order earns no points; the first real order will."),
        )  # fmt: skip
    unused = {d.topic for d in good if d.state == Delivery.State.IGNORED and d.topic}
    if good and unused and all(d.state == Delivery.State.IGNORED and not _is_test(d) for d in good):
        yield Advice(
            "warning", _("Only news that is not used came so far."),
            _("These topics bring nothing here: {topics}. Add the topics for orders, as the steps say.").format(
                topics=", ".join(sorted(unused)[:5])
            ),
        )  # fmt: skip


def _is_test(delivery: Delivery) -> bool:
    """Whether a delivery only tries things out, as far as its sender says in what we keep."""
    return getattr(delivery, "is_test", False) is True


def _silence(facts: Facts) -> Iterator[Advice]:
    """Webhooks that the platform has stopped, or a silence that is unlike this shop."""
    if facts.disconnected:
        return
    if facts.api_trouble:
        yield Advice("warning", _("The key for the shop’s API does not work."), _(facts.api_trouble))
    if facts.stopped:
        yield Advice(
            "danger", _("The shop system has stopped sending."),
            _("These webhooks are switched off there: {topics}. Switch them on again, then compare the orders, so that "
              "what was missed is brought in.").format(topics=", ".join(sorted(set(facts.stopped))[:8])),
        )  # fmt: skip
        return
    quiet = _quiet_for(facts)
    if quiet is not None:
        yield Advice(
            "warning", _("It has become quiet."),
            _("Nothing has come for {days} days, which is unlike this shop. Look whether the webhooks there are still "
              "switched on: some shop systems stop after failures without a word.").format(days=quiet.days),
        )  # fmt: skip


def _products(facts: Facts) -> Iterator[Advice]:
    """Rules that ask for what the platform does not let us see."""
    if not facts.untold or facts.disconnected:
        return
    remedies = {
        Store.Kind.SHOPIFY: _("Allow the app read_products, and save its keys here once more."),
        Store.Kind.WOOCOMMERCE: _("Make the key for a user who may see the products, and save it here."),
        Store.Kind.CAFE24: _("Allow the app to read products and categories, then let it into the mall once more."),
    }
    text = _("Its orders come in and earn by the other rules.")
    told = (_(facts.untold), text, remedies.get(Store.Kind(facts.kind), ""))
    yield Advice("warning", _("Rules by collection or tag do not work for this store."), " ".join(filter(None, told)))


def _quiet_for(facts: Facts) -> timedelta | None:
    """How long nothing has come, when that is far longer than usual."""
    if len(facts.latest) < JUDGED:
        return None
    span = facts.latest[0].received_at - facts.latest[-1].received_at
    silence = facts.at - facts.latest[0].received_at
    usual = span / (len(facts.latest) - 1)
    return silence if silence > max(QUIET_AT_LEAST, QUIET * usual) else None


def token_reason(code: str) -> str:
    """Why the widget's sign-in token of a store was not taken, and what to do."""
    reasons = {
        "token_malformed": _("The token is not built as it should be."),
        "token_signature_wrong": _("The token is signed with another secret."),
        "token_expired": _("The token came too late. Is the page kept in a cache, or the server's clock slow?"),
        "token_lives_too_long": _("The token would live longer than five minutes, or the server's clock is fast."),
        "token_other_shop": _("The token is for another shop: aud must be this shop's host."),
        "token_other_store": _("The token is for another storefront: iss must be this storefront's id."),
        "token_names_nobody": _("The token names no account, and no verified e-mail address."),
        "token_used": _("The token was used before. Each page needs a fresh one; is the page kept in a cache?"),
        "token_address_is_anothers": _(
            "Another customer has confirmed this e-mail address, and the store has not verified it."
        ),
        "token_too_many": _("Too many tokens came from one place."),
    }
    return reasons.get(code, code)
