"""The audit trail in words: what a person reads for each action, and what the changed fields are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from config import formatting
from staff.models import AuditEntry, Role

# {who} is the acting person, {what} the thing: a customer's name, an order's number, an address.
SENTENCES = {
    "shop.founded": _("{who} opened the shop"),
    "shop.changed": _("{who} changed the shop’s settings"),
    "shop.closing": _("{who} closed the shop: {what}"),
    "shop.closing_cancelled": _("{who} cancelled the closing of the shop"),
    "staff.invited": _("{who} invited {what}"),
    "staff.invitation_revoked": _("{who} revoked the invitation of {what}"),
    "staff.joined": _("{who} joined the staff"),
    "staff.role_changed": _("{who} changed the role of {what}"),
    "staff.deactivated": _("{who} deactivated the account of {what}"),
    "staff.reactivated": _("{who} reactivated the account of {what}"),
    "account.changed": _("{who} changed their own account"),
    "account.password_changed": _("{who} changed their password"),
    "account.password_reset": _("{who} reset their password by e-mail"),
    "account.email_changed": _("{who} changed their e-mail address"),
    "account.totp_activated": _("{who} turned on codes from an app as second step"),
    "account.totp_deactivated": _("{who} turned off codes from an app as second step"),
    "account.recovery_codes_made": _("{who} made new recovery codes"),
    "account.passkey_added": _("{who} added a passkey or security key"),
    "account.passkey_removed": _("{who} removed a passkey or security key"),
    "account.sessions_ended": _("{who} signed out other devices"),
    "till.purchase": _("{who} took a purchase at the till: {what}"),
    "till.undone": _("{who} undid a purchase at the till: {what}"),
    "till.person_changed": _("{who} took over at the till"),
    "till.pin_failed": _("Somebody typed wrong PINs of {what} at the till"),
    "till.name_confirmed": _("{who} let {what} use rewards at the till after asking for their name"),
    "till.settings_changed": _("{who} changed the settings of the till"),
    "account.pin_set": _("{who} set a PIN for the till"),
    "account.pin_removed": _("{who} removed their PIN for the till"),
    "setup.shop": _("{who} looked through the shop’s settings"),
    "setup.programme": _("{who} looked through the programme"),
    "setup.poster": _("{who} opened the poster"),
    "setup.dismissed": _("{who} put the set-up list away"),
    "customer.added": _("{who} added the customer {what}"),
    "customer.edited": _("{who} changed the details of {what}"),
    "customer.noted": _("{who} wrote a note about {what}"),
    "customer.merged": _("{who} made two customers one: {what}"),
    "customer.erased": _("{who} erased a customer: {what}"),
    "customer.reported": _("{who} downloaded all that is kept about {what}"),
    "customer.email_proven": _("{who} confirmed the e-mail address of {what}"),
    "customer.phone_proven": _("{who} confirmed the phone number of {what}"),
    "reward.granted": _("{who} gave {what} a reward"),
    "reward.used": _("{who} used a reward of {what}"),
    "reward.unused": _("{who} undid the use of a reward of {what}"),
    "reward.cancelled": _("{who} cancelled a reward of {what}"),
    "reward.returned": _("{who} gave {what} the points of a used reward back"),
    "reward.tried_again": _("{who} asked the storefront again for a code of {what}"),
    "points.adjusted": _("{who} changed the points of {what} by hand"),
    "points.reversed": _("{who} undid a change of the points of {what}"),
    "claim.approved": _("{who} approved the claim for missing points of {what}"),
    "claim.declined": _("{who} declined the claim for missing points of {what}"),
    "claim.reopened": _("{who} took back a decision about missing points of {what}"),
    "order.handed_over": _("{who} gave the guest’s order {what} to a member"),
    "order.released": _("{who} made the order {what} a guest’s again"),
    "programme.published": _("{who} published version {what} of the programme"),
    "programme.draft_discarded": _("{who} threw the draft of the programme away"),
    "storefront.connected": _("{who} connected the storefront {what}"),
    "storefront.renamed": _("{who} renamed the storefront {what}"),
    "storefront.secret_rotated": _("{who} changed the secret of the storefront {what}"),
    "storefront.widget_placed": _("{who} changed where the widget of {what} may stand"),
    "storefront.widget_secret_made": _("{who} made a new secret for the widget of {what}"),
    "storefront.disconnected": _("{who} disconnected the storefront {what}"),
    "storefront.subscribed": _("{who} had the storefront {what} send its news here"),
    "storefront.unsubscribed": _("{who} had the storefront {what} stop sending its news here"),
    "storefront.credentials_kept": _("{who} entered the key for the API of the storefront {what}"),
    "storefront.credentials_forgotten": _("{who} removed the key for the API of the storefront {what}"),
    "webhook.added": _("{who} added the outgoing webhook {what}"),
    "webhook.changed": _("{who} changed the outgoing webhook {what}"),
    "webhook.secret_rotated": _("{who} made a new secret for the outgoing webhook {what}"),
    "webhook.paused": _("{who} paused the outgoing webhook {what}"),
    "webhook.resumed": _("{who} resumed the outgoing webhook {what}"),
    "webhook.redelivered": _("{who} sent messages of the outgoing webhook {what} again"),
    "webhook.deleted": _("{who} deleted the outgoing webhook {what}"),
    "api_key.created": _("{who} made the API key {what}"),
    "api_key.revoked": _("{who} revoked the API key {what}"),
    "history.started": _("{who} had the history of the storefront {what} read"),
    "comparison.started": _("{who} compared the orders of the storefront {what}"),
    "repair.started": _("{who} had orders of the storefront {what} repaired"),
    "pull.paused": _("{who} paused the reading at the storefront {what}"),
    "pull.resumed": _("{who} resumed the reading at the storefront {what}"),
    "pull.stopped": _("{who} stopped the reading at the storefront {what}"),
    "drift.left": _("{who} left the order {what} as it is"),
    "drift.taken_up": _("{who} took the order {what} up again"),
    "drift.cancelled": _("{who} counted the order {what} as cancelled"),
    "drift.restored": _("{who} took back that the order {what} is cancelled"),
    "data.exported": _("{who} exported: {what}"),
    "past.given": _("{who} gave points for the past orders of {what}"),
    "past.taken_back": _("{who} took the points for the past orders of {what} back"),
    "delivery.replayed": _("{who} had the delivery {what} processed again"),
    "customer.tagged": _("{who} changed the tags of {what}"),
    "customer.unmerged": _("{who} undid that two customers were made one: {what}"),
    "bulk.begun": _("{who} prepared a change of many members: {what}"),
    "bulk.started": _("{who} started a change of many members: {what}"),
    "bulk.stopped": _("{who} stopped a change of many members: {what}"),
    "bulk.undone": _("{who} undid a change of many members: {what}"),
    "bulk.discarded": _("{who} discarded a change of many members: {what}"),
    "import.uploaded": _("{who} uploaded the file {what}"),
    "import.consents_stated": _("{who} said how consents stand in the file {what}"),
    "import.started": _("{who} started the import of {what}"),
    "import.stopped": _("{who} stopped the import of {what}"),
    "import.undone": _("{who} undid the import of {what}"),
    "import.discarded": _("{who} discarded the file {what}"),
}
UNKNOWN = _("{who} did “{action}” with {what}")

FIELDS = {
    "name": _("name"),
    "role": _("role"),
    "language": _("language"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "country": _("country"),
    "currency": _("currency"),
    "time_zone": _("time zone"),
    "brand_colour": _("brand colour"),
    "point_unit": _("name for points"),
    "erase_after": _("erased after"),
    "points": _("points"),
    "reward": _("reward"),
    "state": _("state"),
    "birthday": _("birthday"),
    "tags": _("tags"),
    "customer": _("customer"),
    "journal": _("posting"),
    "in_force_from": _("in force from"),
    "earn_points": _("points given"),
    "earn_per": _("for money spent"),
    "rounding": _("rounding"),
    "rounding_unit": _("rounded to"),
    "count_tax": _("tax counts"),
    "count_shipping": _("shipping counts"),
    "count_gift_cards": _("gift cards count"),
    "count_points_paid": _("what is paid with points counts"),
    "minimum_minor": _("smallest order"),
    "hold_days": _("days until points can be used"),
    "expiry_months": _("months until points expire"),
    "expiry_ends": _("until the end of which period points last"),
    "worth_of_100": _("worth of 100 points"),
    "rewards": _("rewards"),
    "url": _("address"),
    "description": _("description"),
    "types": _("kinds of news"),
    "rows": _("rows"),
    "format": _("format"),
    "unmasked": _("with people’s data"),
    "filters": _("filters"),
    "sites": _("sites"),
    "side": _("side of the button"),
}
KINDS = {
    "staff": _("Staff"),
    "invitation": _("Invitation"),
    "shop": _("Shop"),
    "setup": _("Set-up"),
    "customer": _("Customer"),
    "order": _("Order"),
    "claim": _("Claim"),
    "store": _("Storefront"),
    "delivery": _("Delivery"),
    "api_key": _("API key"),
    "webhook": _("Outgoing webhook"),
    "programme_version": _("Programme"),
    "import": _("Import"),
    "export_customers": _("Customers"),
    "export_history": _("History of points"),
    "export_orders": _("Orders"),
    "export_redemptions": _("Rewards taken"),
    "export_liability": _("Liability by month"),
    "bulk": _("Change of many"),
}
# The part of an action before its dot: what the trail can be filtered by.
AREAS = {
    "customer": _("Customers"),
    "bulk": _("Changes of many"),
    "import": _("Imports"),
    "data": _("Exports"),
    "points": _("Points"),
    "reward": _("Rewards"),
    "claim": _("Missing points"),
    "order": _("Orders"),
    "till": _("Till"),
    "programme": _("Programme"),
    "storefront": _("Storefronts"),
    "drift": _("Compared orders"),
    "past": _("Points for the past"),
    "delivery": _("Deliveries"),
    "api_key": _("API keys"),
    "webhook": _("Outgoing webhooks"),
    "staff": _("Staff"),
    "account": _("Own accounts"),
    "shop": _("Shop"),
    "setup": _("Set-up"),
}
ACTORS = {
    "system": _("Dangol"),
    "operator": _("The operator of this installation"),
    "shopper": _("A shopper"),
    "store": _("A storefront"),
    "api": _("A program"),
    "staff": _("Someone"),
}


ROUNDINGS = {"floor": _("down"), "half_up": _("to the nearest"), "ceil": _("up")}
NOT_TOLD = ("journal",)  # numbers that mean nothing to people


@dataclass(frozen=True)
class Change:
    """One field before and after, as people read it."""

    field: str
    before: str
    after: str


def sentence(entry: AuditEntry) -> str:
    """What happened, in the active language."""
    who = entry.actor_name or ACTORS.get(entry.actor_kind, entry.actor_kind)
    words = SENTENCES.get(entry.action, UNKNOWN)
    return str(words).format(who=who, what=entry.object_label or kind(entry.object_kind), action=entry.action)


def kind(object_kind: str) -> str:
    """What the thing is."""
    return str(KINDS.get(object_kind, object_kind))


def changes(entry: AuditEntry) -> Iterator[Change]:
    """The fields that changed. An empty side means there was nothing."""
    for field, pair in entry.changes.items():
        if field in NOT_TOLD:
            continue
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
        if entry.object_kind == "programme_version" and before is None and field != "in_force_from":
            continue  # a first version sets everything; its page says what
        yield Change(str(FIELDS.get(field, field.replace("_", " "))), _value(field, before), _value(field, after))


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if named := _name(field, value):
        return named
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int):
        return formatting.signed_points(value, "").strip() if field == "points" else formatting.count(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)[:200]
    moment = _moment(value) if isinstance(value, str) else None
    return formatting.moment(moment) if moment else str(value)


def _name(field: str, value: Any) -> str:
    """The name of one of a few values; empty for others."""
    names: dict[Any, Any] = {
        "role": dict(Role.choices),
        "language": dict(settings.LANGUAGES),
        "rounding": ROUNDINGS,
    }.get(field, {})
    return str(names.get(value, "")) if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and is_aware(moment) else None
