"""The facts all else is built on: shoppers, who they have proven to be, what they agreed to, what they bought."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from customers.search import CustomerQuerySet


class Customer(models.Model):
    """A shopper of this merchant; a *member* once `joined_at` is set."""

    # What the membership QR shows: 12 Crockford base-32 characters, 60 bits.
    card_code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=100, blank=True)
    # As last stated, proven or not; what is proven stands in Identity.
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164
    language = models.CharField(max_length=5, blank=True)
    birthday = models.DateField(null=True)
    birthday_set_at = models.DateTimeField(null=True)  # since when it is known; the shopper can't change it then
    tags = ArrayField(models.CharField(max_length=40), db_default=[], default=list)  # staff's own words
    joined_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    # Whom this customer became part of (merging.py), or when their data was erased (erasing.py). What is left then is
    # a nameless row that the ledger stands on.
    merged_into = models.ForeignKey("self", null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        # The index behind `search` is in migration 0002.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest_first"),
            models.Index(fields=["email"], name="customer_by_email"),
            models.Index(fields=["phone"], name="customer_by_phone"),
            GinIndex(fields=["tags"], name="customer_by_tag"),
            models.Index(fields=["-joined_at", "-id"], condition=~models.Q(joined_at=None), name="customer_by_joining"),
            models.Index(fields=["name", "id"], condition=~models.Q(name=""), name="customer_by_name"),
            models.Index(
                ExtractMonth("birthday"),
                ExtractDay("birthday"),
                "id",
                condition=~models.Q(birthday=None),
                name="customer_by_birthday",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.card_code


class Identity(models.Model):
    """One proof of who a customer is: an account at a store, or an address they have shown to control."""

    class Kind(models.TextChoices):
        STORE = "store", _("Account at a store")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=5, choices=Kind)
    source = models.CharField(max_length=40, blank=True)  # the store's public id; empty for addresses
    value = models.CharField(max_length=255)  # external id, lower-case e-mail, or E.164
    version = models.CharField(max_length=60, blank=True)  # of the store's customer document (snapshots.version_of)
    proven_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source", "value"], name="one_customer_per_identity")]


class Consent(models.Model):
    """What a customer allowed or withdrew, with its evidence. Rows are only added (a trigger sees to it)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=10)  # email, sms, kakao, push
    purpose = models.CharField(max_length=20)  # advertising, night_advertising, third_party
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=40)  # portal, a store's public id, staff, import
    evidence = models.JSONField(default=dict)  # wording shown, its language and version, ip, document id

    class Meta:
        indexes = [models.Index(fields=["customer", "channel", "purpose", "-id"], name="consent_latest")]


class Order(models.Model):
    """An order as its storefront says it stands now. Money in minor units of `currency`.

    A refund may arrive before its order: then the row holds only refunds and `version` is empty.
    """

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("Not seen yet")
        PENDING = "pending", _("Waiting for payment")
        PAID = "paid", _("Paid")
        CANCELLED = "cancelled", _("Cancelled")

    source = models.CharField(max_length=40)  # the store's public id
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=60, blank=True)  # as the shopper knows it
    # Set when the buyer is known; a guest's order waits under its address until that is proven.
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="orders")
    buyer_external_id = models.CharField(max_length=100, blank=True)  # account at the store; empty for a guest
    buyer_name = models.CharField(max_length=100, blank=True)
    guest_email = models.EmailField(blank=True)
    guest_phone = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UNKNOWN)
    test = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, blank=True)
    subtotal = models.BigIntegerField(default=0)  # lines after discounts, without tax where tax is apart
    discount = models.BigIntegerField(default=0)  # informative: already taken off `subtotal`
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)  # 0 when included in the prices
    total = models.BigIntegerField(default=0)  # what the buyer owed
    gift_card = models.BigIntegerField(default=0)  # part of `subtotal` that bought gift cards
    points_paid = models.BigIntegerField(default=0)  # part of `total` paid by rewards
    codes = models.JSONField(default=dict)  # discount codes used: code → what it took off, or null where not told
    refunded = models.BigIntegerField(default=0)  # sum over `refunds` that count: orders.counting_refunds
    lines = models.JSONField(default=list)  # LineSnapshot as JSON
    refunds = models.JSONField(default=dict)  # by refund id: RefundSnapshot as JSON, with its version
    version = models.CharField(max_length=60, blank=True)  # greatest wins; see snapshots.version_of
    buyer_version = models.CharField(max_length=60, blank=True)  # of the newest snapshot that named a buyer
    placed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)  # all of it was sent off
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # the buyer said that all is well
    created_at = models.DateTimeField()
    changed_in_store_at = models.DateTimeField(null=True)  # `updated_at` of the newest document
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_row_per_order")]
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest_first"),
            models.Index(fields=["guest_email"], condition=~models.Q(guest_email=""), name="order_of_guest_email"),
            models.Index(fields=["guest_phone"], condition=~models.Q(guest_phone=""), name="order_of_guest_phone"),
        ]


class Event(models.Model):
    """Something that happened, for whoever subscribes (events.py) and for the customer's timeline."""

    kind = models.CharField(max_length=40)  # e.g. "order.changed"
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="events")
    subject_id = models.BigIntegerField(null=True)  # what it is about, e.g. the order's id
    data = models.JSONField(default=dict)
    at = models.DateTimeField()  # when it happened
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="event_of_customer")]
