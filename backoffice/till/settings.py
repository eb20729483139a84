"""How a shop's till works: preset amounts, limits by role, when it locks, whether it makes a sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from config.money import decimals
from staff import audit, tills
from staff.actors import Actor
from staff.models import Role, User
from tenants import directory
from tenants.models import Merchant

# In whole units of the currency: hundreds of won would be the change, so there it is thousands.
PRESETS, PRESETS_WITHOUT_PENCE = (5, 10, 20, 30, 50), (5_000, 10_000, 20_000, 30_000, 50_000)
CASHIER_POINTS = 10_000
LIMITED = (Role.CASHIER, Role.MANAGER)  # owners have no limit


@dataclass(frozen=True, slots=True)
class TillSettings:
    """Money in minor units of the shop's currency. A limit of None is none; above it a colleague approves by PIN."""

    presets: tuple[int, ...]
    idle_minutes: int = tills.IDLE_MINUTES
    sound: bool = True
    most_minor: Mapping[str, int | None] = field(default_factory=dict)  # by role, of one purchase
    most_points: Mapping[str, int | None] = field(default_factory=dict)  # by role, given or used at once

    def allows(self, user: User, *, amount_minor: int = 0, points: int = 0) -> bool:
        """Whether this person may do so much without anybody's approval."""
        if user.role == Role.OWNER:
            return True
        most_minor, most_points = self.most_minor.get(user.role), self.most_points.get(user.role)
        return (most_minor is None or amount_minor <= most_minor) and (most_points is None or points <= most_points)


def settings_of(merchant: Merchant) -> TillSettings:
    """As the shop set them; what it did not say is as for a new shop."""
    stored = merchant.till
    return TillSettings(
        presets=tuple(stored.get("presets", _presets(merchant.currency))),
        idle_minutes=tills.idle_minutes(merchant),
        sound=stored.get("sound", True),
        most_minor=stored.get("most_minor", {}),
        most_points=stored.get("most_points", {Role.CASHIER: CASHIER_POINTS}),
    )


def change_settings(merchant_id: int, wanted: TillSettings, *, actor: Actor, at: datetime) -> None:
    """Store them, with what changed in the trail."""
    with transaction.atomic():
        merchant = Merchant.objects.select_for_update().get(pk=merchant_id)
        before, after = asdict(settings_of(merchant)), asdict(wanted)
        changes = {name: [_plain(before[name]), _plain(after[name])] for name in after if before[name] != after[name]}
        if not changes:
            return
        Merchant.objects.filter(pk=merchant_id).update(till={name: _plain(value) for name, value in after.items()})
        audit.record("till.settings_changed", actor=actor, at=at, changes=changes)
    directory.forget()


def _presets(currency: str) -> tuple[int, ...]:
    places = decimals(currency)
    return tuple(amount * 10**places for amount in PRESETS) if places else PRESETS_WITHOUT_PENCE


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
