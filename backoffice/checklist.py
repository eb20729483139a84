"""The set-up checklist: it ticks itself from what the shop has really done.

What leaves no other trace (a page was looked at, the list was put away) is kept in the audit trail under `setup`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Order
from loyalty.counter import TILL
from loyalty.models import ProgrammeVersion
from staff import audit
from staff.actors import Actor
from staff.models import AuditEntry, Invitation, User
from staff.permissions import may
from storefront.models import Delivery, Store

TRAIL = "setup"
DISMISSED = "setup.dismissed"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the shop runs by itself."""

    name: str
    title: str
    text: str
    action: str
    href: str
    icon: str
    done: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps that this person may take."""

    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def finished(self) -> bool:
        return self.done == self.total

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


def checklist(user: User) -> Checklist | None:
    """The list for this person, or None once it was put away. One query."""
    facts = _facts(user)
    if facts["dismissed"]:
        return None
    return Checklist([step for capability, step in _steps(facts) if may(user, capability)])


def note_visit(name: str, *, actor: Actor, at: datetime) -> None:
    """Remember that a page was looked at, the first time."""
    action = f"setup.{name}"
    if not AuditEntry.objects.filter(object_kind=TRAIL, action=action).exists():
        audit.record(action, actor=actor, at=at, object_kind=TRAIL)


def dismiss(*, actor: Actor, at: datetime) -> None:
    """Put the list away for good, for everybody."""
    note_visit("dismissed", actor=actor, at=at)


def _facts(user: User) -> dict[str, bool]:
    """What the shop has done so far, all asked in one query."""
    trail = AuditEntry.objects.filter(object_kind=TRAIL)
    questions = {
        "dismissed": trail.filter(action=DISMISSED),
        "shop": AuditEntry.objects.filter(object_kind__in=(TRAIL, "shop"), action__in=("setup.shop", "shop.changed")),
        "programme": trail.filter(action="setup.programme"),
        "published": ProgrammeVersion.objects.filter(number__gt=1),
        "store": Store.objects.filter(disconnected_at=None),
        "order": Delivery.objects.filter(state=Delivery.State.DONE, order_id__isnull=False),
        "counter": Order.objects.filter(source=TILL),  # who sells only at the counter needs no storefront
        "email": EmailAddress.objects.filter(user=user, verified=True),
        "invited": Invitation.objects.all(),
        "colleague": User.objects.exclude(pk=user.pk),
        "poster": trail.filter(action="setup.poster"),
    }
    exists = {name: Exists(query) for name, query in questions.items()}
    row = User.objects.filter(pk=user.pk).annotate(**{f"has_{name}": found for name, found in exists.items()})
    values = row.values_list(*(f"has_{name}" for name in questions)).get()
    return dict(zip(questions, values, strict=True))


def _first_order(facts: dict[str, bool]) -> Step:
    """From the storefront once there is one, else at the till."""
    title, done = _("Receive the first order"), facts["order"] or facts["counter"]
    if facts["store"]:
        text, action, href = _("Send a test order with the ready-made snippet."), _("See what arrived"), "stores"
    else:
        text, action, href = _("From your storefront, or by a purchase at the till."), _("Open the till"), "till"
    return Step("order", title, text, action, reverse(f"backoffice:{href}"), "package-check", done)


def _steps(facts: dict[str, bool]) -> Iterable[tuple[str, Step]]:
    """Every step with the capability that it needs."""
    yield "settings.edit", Step(
        "shop", _("Check your shop's details"), _("Name, colour, language and time zone. About a minute."),
        _("Open settings"), reverse("backoffice:setup_visit", args=["shop"]), "store", facts["shop"],
    )  # fmt: skip
    yield "programme.publish", Step(
        "programme", _("Check how customers earn points"),
        _("Good defaults are in force already. Or take café stamps or tiers with one click."),
        _("Open the programme"), reverse("backoffice:setup_visit", args=["programme"]), "sparkles",
        facts["programme"] or facts["published"],
    )  # fmt: skip
    yield "stores.edit", Step(
        "store", _("Connect a storefront"),
        _("Where your orders come from. About three minutes. Only a counter? Then open the till instead."),
        _("Connect a storefront"), reverse("backoffice:store_choose"), "plug", facts["store"] or facts["counter"],
    )  # fmt: skip
    yield "stores.view", _first_order(facts)
    yield "dashboard.view", Step(
        "email", _("Confirm your e-mail address"), _("So that you can always get back in."),
        _("Confirm it"), reverse("account_email"), "mail-check", facts["email"],
    )  # fmt: skip
    yield "staff.edit", Step(
        "staff", _("Invite your staff"), _("Everybody signs in with an account of their own."),
        _("Invite somebody"), reverse("backoffice:staff"), "users", facts["invited"] or facts["colleague"],
    )  # fmt: skip
    yield "dashboard.view", Step(
        "poster", _("Put up the poster"), _("Customers scan it at the counter to see their points."),
        _("Print the poster"), reverse("backoffice:poster"), "qr-code", facts["poster"],
    )  # fmt: skip
