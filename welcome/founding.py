"""Founding a shop: its schema, its owner and a first programme, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django_tenants.utils import schema_context, tenant_context

from config import places
from loyalty import programme
from staff import addresses, audit, handoff
from staff.actors import Actor
from staff.models import Role, User
from tenants.models import Merchant
from tenants.provisioning import provision


@dataclass(frozen=True)
class Founded:
    """A new shop, its owner, and the token that signs the owner in there once, within a minute."""

    merchant: Merchant
    owner: User
    token: str


def found_shop(
    *,
    name: str,
    email: str,
    password: str,
    country: str,
    language: str,
    at: datetime,
    owner_name: str = "",
    time_zone: str = "",
    slug: str | None = None,
    rules_from: datetime | None = None,
    ip: str | None = None,
) -> Founded:
    """Open a shop that can earn points at once; currency and, unless given, time zone follow from the country.

    `rules_from` lets the first programme begin earlier, for orders that are brought along. Raises SlugUnavailable.
    """
    preset = places.preset(country)
    zone = time_zone if time_zone in places.time_zones(country) else preset.time_zone
    hashed = make_password(password)  # takes long on purpose: before any lock is held
    with schema_context("public"), transaction.atomic():
        merchant = provision(
            name=name, country=country, currency=preset.currency, language=language, time_zone=zone, at=at, slug=slug
        )
        with tenant_context(merchant):
            owner = _first_owner(email, hashed, owner_name)
            actor = Actor("staff", owner.pk, str(owner), ip)
            _open(merchant, actor=actor, at=at, rules_from=rules_from)
            token = handoff.issue(owner)
    return Founded(merchant, owner, token)


def _first_owner(email: str, hashed_password: str, name: str) -> User:
    owner = User.objects.create(email=email.strip().lower(), password=hashed_password, name=name, role=Role.OWNER)
    addresses.register(owner, verified=False)
    return owner


def _open(merchant: Merchant, *, actor: Actor, at: datetime, rules_from: datetime | None) -> None:
    audit.record(
        "shop.founded",
        actor=actor,
        at=at,
        object_kind="shop",
        object_id=merchant.pk,
        object_label=merchant.name,
    )
    rules = programme.default_rules(merchant.country, merchant.currency)
    programme.publish(rules, actor=actor, at=at, in_force_from=rules_from)
