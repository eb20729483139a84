"""Two customers side by side before they become one: what each has, what moves, which value stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from backoffice.member_words import tier_name, tiers_of
from backoffice.templatetags.backoffice import phone
from config import formatting
from customers.models import Customer
from customers.unmerging import MergePreview
from loyalty.models import Balance, Claim, Redemption, Stamp
from loyalty.programme import in_force

FIELDS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "language": gettext_lazy("Language"),
    "birthday": gettext_lazy("Birthday"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One line: what the one has, what the other has, what is left; `field` where a person may choose."""

    label: str
    gone: str
    left: str
    result: str
    field: str = ""


def particulars_of(preview: MergePreview) -> list[Side]:
    """Who they are; where both have something else a person may choose."""
    return [
        Side(
            label=str(FIELDS[c.field]),
            gone=_said(c.field, c.gone),
            left=_said(c.field, c.left),
            result=_said(c.field, c.result),
            field=c.field if c.differs else "",
        )
        for c in preview.fields
        if c.gone or c.left
    ]


def holdings_of(preview: MergePreview, unit: str, *, at: datetime) -> list[Side]:
    """What both have in points, tiers, stamps and rewards, and what it comes to."""
    gone, left = (_held(customer) for customer in (preview.gone, preview.left))
    lines = [_points_line(_("Available points"), gone.available - gone.debt, left.available - left.debt, unit)]
    if gone.pending or left.pending:
        lines.append(_points_line(_("Pending points"), gone.pending, left.pending, unit))
    tiers = tiers_of(in_force(at))
    if gone.tier or left.tier:
        gone_tier, left_tier = (tier_name(tier, tiers) if tier else "–" for tier in (gone.tier, left.tier))
        higher = max((gone.tier, left.tier), key=lambda key: [tier.key for tier in tiers].index(key) if key in {
            tier.key for tier in tiers} else -1)  # fmt: skip
        lines.append(Side(_("Tier"), gone_tier, left_tier, _("at least {tier}").format(tier=tier_name(higher, tiers))))
    return lines + _counted(preview)


def moves_of(preview: MergePreview) -> list[str]:
    """What goes over to the one who is left, in words."""
    counted = [
        ngettext("{count} order", "{count} orders", preview.orders).format(count=preview.orders),
        ngettext("{count} account at a store", "{count} accounts at stores", preview.accounts).format(
            count=preview.accounts
        ),
        ngettext("{count} proven address", "{count} proven addresses", preview.proofs).format(count=preview.proofs),
        ngettext("{count} decision on consent", "{count} decisions on consent", preview.consents).format(
            count=preview.consents
        ),
    ]
    numbers = (preview.orders, preview.accounts, preview.proofs, preview.consents)
    return [text for text, number in zip(counted, numbers, strict=True) if number]


def _held(customer: Customer) -> Balance:
    return Balance.objects.filter(customer=customer).first() or Balance(
        customer=customer, available=0, pending=0, held=0, debt=0, tier=""
    )


def _points_line(label: str, gone: int, left: int, unit: str) -> Side:
    return Side(label, *(formatting.points(number, unit) for number in (gone, left, gone + left)))


def _counted(preview: MergePreview) -> list[Side]:
    found = []
    for label, counts in (
        (_("Codes ready to use"), _by_side(preview, Redemption.objects.filter(state=Redemption.State.READY))),
        (_("Stamps ever given"), _by_side(preview, Stamp.objects.filter(change__gt=0))),
        (_("Open claims"), _by_side(preview, Claim.objects.filter(state=Claim.State.OPEN))),
    ):
        if any(counts):
            found.append(Side(label, *(formatting.count(number) for number in (*counts, sum(counts)))))
    return found


def _by_side(preview: MergePreview, rows: Any) -> Sequence[int]:
    return [rows.filter(customer=customer).count() for customer in (preview.gone, preview.left)]


def _language(code: str) -> str:
    """Its own name for itself. Stores send any code; of one that is not known the code."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _said(field: str, value: Any) -> str:
    if isinstance(value, date):
        return formatting.day(value)
    if field == "language" and value:
        return _language(value)
    if field == "phone" and value:
        return phone(value, connection.tenant.country)
    return str(value) if value else "–"
