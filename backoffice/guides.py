"""How to connect each kind of storefront, for whoever runs a shop: what to click there, what to copy, what to paste.

Menus are called as the platforms call them today; the Korean translations use the platforms' Korean names.
Sources: help.shopify.com/manual/fulfillment/setup/notifications/webhooks, woocommerce.com/document/webhooks,
developers.cafe24.com, developer.squareup.com/docs/webhooks/step2subscribe, docs.stripe.com/workbench/webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from storefront.models import Store

Text = Any  # a lazy translation, or a word that is the same in every language


@dataclass(frozen=True, slots=True)
class Task:
    """One numbered step. `shows` says what stands below its words: url, topics, secret, snippets."""

    title: Text
    text: Text
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything the pages say about one kind of storefront."""

    kind: str
    icon: str
    sentence: Text
    tasks: tuple[Task, ...]
    topics: tuple[Text, ...] = ()
    api: tuple[Text, ...] = ()  # how to come by a key for its API

    @property
    def name(self) -> Text:
        """What the kind is called."""
        return Store.Kind(self.kind).label


GENERIC = Guide(
    Store.Kind.GENERIC,
    "code",
    _("A till, a shop or a spreadsheet that can send signed messages. For whoever programs it."),
    (
        Task(_("Copy the address"), _("Your program sends every order here, by POST, as JSON."), "url"),
        Task(_("Copy the secret"), _("Your program signs what it sends with it (Standard Webhooks)."), "secret"),
        Task(_("Send a first order"), _("Run one of these: it sends one signed order."), "snippets"),
    ),
)
SHOPIFY = Guide(
    Store.Kind.SHOPIFY,
    "shopping-bag",
    _("An online shop or a till at Shopify."),
    (
        Task(
            _("Open the webhooks in Shopify"),
            _("In the Shopify admin go to Settings › Notifications › Webhooks, and click Create webhook."),
        ),
        Task(
            _("Make one webhook for each of these events"),
            _("Choose the event, the format JSON and the latest version; paste the address; save. Then the next."),
            "url topics",
        ),
        Task(
            _("Copy Shopify's secret to here"),
            _("Below the list Shopify says “Your webhooks will be signed with” and a long code. Paste the code here."),
            "secret",
        ),
        Task(
            _("Try it"),
            _("Click Send test notification beside a webhook. It shows here within seconds, and earns no points."),
        ),
    ),
    (
        _("Order creation"), _("Order update"), _("Order payment"), _("Order edit"), _("Order cancellation"),
        _("Refund create"), _("Customer creation"), _("Customer update"), _("Customer merge"),
    ),
    (
        _("In the Shopify admin go to Settings › Apps › Develop apps, and make an app in the Dev Dashboard."),
        _("Allow it read_orders, read_all_orders, read_customers, read_products and write_discounts, and install it in "
          "your shop."),
        _("Copy its client ID and client secret to here. If you have an older app, its access token will do."),
    ),
)  # fmt: skip
WOOCOMMERCE = Guide(
    Store.Kind.WOOCOMMERCE,
    "shopping-cart",
    _("An online shop on your own WordPress."),
    (
        Task(
            _("Open the webhooks in WordPress"),
            _("Go to WooCommerce › Settings › Advanced › Webhooks, and click Add webhook."),
        ),
        Task(
            _("Copy the secret"),
            _("Every webhook gets this same secret in its field Secret. Do not leave the field empty."),
            "secret",
        ),
        Task(
            _("Make one webhook for each of these topics"),
            _("Set Status to Active, choose the topic, paste the address as Delivery URL and the secret, and save."),
            "url topics",
        ),
        Task(
            _("Place an order"),
            _("Saving a webhook only pings the address. Place or change an order: that is the first delivery."),
        ),
    ),
    (
        _("Order created"), _("Order updated"), _("Order deleted"), _("Customer created"), _("Customer updated"),
    ),
    (
        _("Go to WooCommerce › Settings › Advanced › REST API, and click Add key."),
        _("Choose a user who may manage the shop, and the permissions Read/Write, which registering webhooks needs."),
        _("Copy the consumer key and the consumer secret to here. WordPress shows them once."),
    ),
)  # fmt: skip
CAFE24 = Guide(
    Store.Kind.CAFE24,
    "store",
    _("An online shop at Cafe24."),
    (
        Task(
            _("Make an app at Cafe24 Developers"),
            _("Sign in at developers.cafe24.com with your mall's account, and make an app for Dangol under Apps."),
        ),
        Task(
            _("Turn the webhook on"),
            _("In the app's settings open Webhook, paste the address, and tick these events."),
            "url topics",
        ),
        Task(
            _("Copy the webhook's key to here"),
            _("Cafe24 sends the same key with everything, in the header x-api-key. Paste it here."),
            "secret",
        ),
        Task(
            _("Enter the app's keys below"),
            _("Cafe24's messages are not signed, so every order is read again in your mall before it earns points."),
        ),
    ),
    (
        _("Order received (90023)"), _("Payment confirmed (90025)"), _("Order cancelled (90026)"),
        _("Return (90027)"), _("Refund (90029)"), _("Member joined (90032)"),
    ),
    (
        _("In the app's settings copy the client ID and the client secret."),
        _(
            "Allow the app to read the store, orders, products, categories and customers (with personal data), and to"
            " read and write promotions."
        ),
        _("Enter the redirect URI below in the app's settings."),
        _("Save the keys here, then let the app into the mall: Cafe24 asks you, you agree, and you come back."),
    ),
)  # fmt: skip
SQUARE = Guide(
    Store.Kind.SQUARE,
    "calculator",
    _("Square's till and payments."),
    (
        Task(
            _("Open the webhooks at Square"),
            _("In the Developer Console open your application; choose Webhooks › Subscriptions › Add subscription."),
        ),
        Task(
            _("Make the subscription"),
            _("Paste the address as Notification URL, exactly: Square signs it too. Choose these events, and save."),
            "url topics",
        ),
        Task(
            _("Copy Square's signature key to here"),
            _("Open the subscription, and choose Show in the box Signature Key."),
            "secret",
        ),
        Task(
            _("Take a payment"),
            _("A sale at the till is the first delivery. Test events earn no points."),
        ),
    ),
    ("payment.created", "payment.updated", "refund.created", "refund.updated", "customer.created", "customer.updated"),
    (
        _("In the Developer Console open your application, and then Credentials."),
        _("Choose Production, and copy the access token to here."),
    ),
)
STRIPE = Guide(
    Store.Kind.STRIPE,
    "credit-card",
    _("Payment links and card terminals of Stripe, without a shop system."),
    (
        Task(
            _("Open the webhooks at Stripe"),
            _("In the Dashboard open Workbench › Webhooks, and click Create an event destination."),
        ),
        Task(
            _("Make the destination"),
            _("Choose these events, then Webhook endpoint; paste the address as Endpoint URL, and create it."),
            "url topics",
        ),
        Task(
            _("Copy Stripe's signing secret to here"),
            _("On the destination's page click Reveal secret. It begins with whsec_."),
            "secret",
        ),
        Task(_("Take a payment"), _("Events of the test mode arrive too, but earn no points.")),
    ),
    (
        "checkout.session.completed", "checkout.session.async_payment_succeeded", "payment_intent.succeeded",
        "charge.refunded", "charge.updated", "customer.created", "customer.updated",
    ),
)  # fmt: skip
GUIDES = {guide.kind: guide for guide in (SHOPIFY, WOOCOMMERCE, CAFE24, SQUARE, STRIPE, GENERIC)}
