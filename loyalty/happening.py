"""Occasions become points: what the programme in force gives for them, once for each key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from customers.events import Happened, subscribe
from loyalty import ledger, tiers
from loyalty.compiled import compiled
from loyalty.evaluation import Earned, Facts, Occasion, evaluate_occasion
from loyalty.facts import holidays_around, tags_of, tiers_of
from loyalty.ledger import Posted
from loyalty.models import Journal, ProgrammeVersion
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.usage import Usage
from staff.actors import SYSTEM, Actor


@dataclass(frozen=True, slots=True)
class Happening:
    """An occasion of one member. `key` names it: the same one gives once, for ever."""

    customer_id: int
    occasion: Occasion
    key: str

    @property
    def journal_key(self) -> str:
        """Of the first journal; others for the same happening add their number."""
        told = f"{self.occasion.kind} {self.occasion.event} {self.key}"
        return f"occasion:{self.occasion.kind}:{sha256(told.encode()).hexdigest()[:32]}"


def happen(
    customer_id: int,
    kind: str,
    *,
    key: str,
    at: datetime,
    actor: Actor,
    subject: str = "",
    event: str = "",
    data: Mapping[str, Any] | None = None,
) -> list[Posted]:
    """Give what the programme in force gives for this. Once for each `key`, for ever. Raises KeyReused.

    `kind` is a key of earning_rules.KINDS that is no order; `subject` names what it is about (the product that was
    reviewed; the key of a rule when only that one is meant) and `event` the custom event.
    """
    occasion = Occasion(kind, at, event=event, subject=subject, data=data or {})
    return happen_all([Happening(customer_id, occasion, key)], at=at, actor=actor)[0]


@transaction.atomic
def happen_all(batch: Sequence[Happening], *, at: datetime, actor: Actor) -> list[list[Posted]]:
    """As happen, for many; answers in the order of the batch. Two members' happenings do not share a key."""
    versions = list(ProgrammeVersion.objects.order_by("-in_force_from", "-number"))
    by = [_rules_for(h.occasion, versions) for h in batch]
    if not any(by):
        return [[] for _ in batch]
    plans = [compiled(version.terms).needs_of_occasions for version in by if version]
    members = {h.customer_id for h, version in zip(batch, by, strict=True) if version}
    giving = _Giving(shop_time_zone(), members)
    giving.read(
        used=frozenset[str]().union(*(needs.used for needs in plans)),
        in_all=frozenset[str]().union(*(needs.in_all for needs in plans)),
    )
    earlier = _earlier(batch)
    for place, (happening, version) in enumerate(zip(batch, by, strict=True)):
        if version and happening.journal_key not in earlier:
            giving.give(place, happening, version)
    posted = iter(ledger.earn([earn for _, earn in giving.earns], actor=actor, at=at))
    tiers.review_points({earn.customer_id for _, earn in giving.earns}, at=at)
    answers = [earlier.get(h.journal_key, []) for h in batch]
    for place, _ in giving.earns:
        answers[place] = [*answers[place], next(posted)]
    return answers


def _rules_for(occasion: Occasion, versions: Sequence[ProgrammeVersion]) -> ProgrammeVersion | None:
    """The version in force then, if it gives anything for such an occasion."""
    version = next((v for v in versions if v.in_force_from <= occasion.at), None)
    return version if version and gives_for(version.terms, occasion.kind) else None


def gives_for(rules: Rules, kind: str) -> bool:
    """Whether there is any rule for such occasions."""
    if any(part.rule.kind == kind for part in compiled(rules).occasions):
        return True
    return kind == "birthday" and any(tier.birthday_points for tier in rules.tiers.tiers)


def _earlier(batch: Sequence[Happening]) -> dict[str, list[Posted]]:
    """What these happenings gave before, by the key of the first journal. Raises KeyReused for another member's key."""
    keys = {happening.journal_key: happening for happening in batch}
    found: dict[str, list[Posted]] = {}
    for journal in Journal.objects.filter(key__in=keys).select_related("customer"):
        asked = keys[journal.key].customer_id
        if asked not in (journal.customer_id, journal.customer.merged_into_id):
            raise ledger.KeyReused(keys[journal.key].key)
        more = Journal.objects.filter(customer=journal.customer_id, key__startswith=f"{journal.key}:").order_by("id")
        ids = [journal.pk, *more.values_list("pk", flat=True)]
        found[journal.key] = [Posted(pk, is_new=False) for pk in ids]
    return found


class _Giving:
    """What a batch of occasions gives, and what is known of its members."""

    def __init__(self, zone: ZoneInfo, members: Collection[int]) -> None:
        self.zone, self.members = zone, members
        self.usage = Usage(zone)
        self.tiers: dict[int, str] = {}
        self.tags: dict[int, frozenset[str]] = {}
        self.earns: list[tuple[int, ledger.Earn]] = []  # place in the batch

    def read(self, *, used: Collection[str], in_all: Collection[str]) -> None:
        """Lock the members, so that two at the same moment do not both find room below a limit; then look."""
        if in_all:
            self.usage.read_in_all(in_all)
        ledger.lock(self.members)
        if used:
            self.usage.read_occasions(self.members, used)
        self.tiers, self.tags = tiers_of(self.members), tags_of(self.members)

    def give(self, place: int, happening: Happening, version: ProgrammeVersion) -> None:
        """Add what this one gives."""
        member, occasion, rules = happening.customer_id, happening.occasion, version.terms
        needs = compiled(rules).needs_of_occasions
        facts = Facts(
            tier=self.tiers.get(member, ""),
            tags=self.tags.get(member, frozenset()),
            used=self.usage.of(member, occasion.at, needs.used),
            holidays=holidays_around(occasion.at, self.zone) if needs.holidays else frozenset(),
        )
        for number, earned in enumerate(evaluate_occasion(occasion, rules, facts, self.zone), 1):
            self.usage.learn(member, occasion.at, {earned.rule_key: earned.points}, needs.used)
            self.earns.append((place, self._earn(happening, version, earned, number)))

    def _earn(self, happening: Happening, version: ProgrammeVersion, earned: Earned, number: int) -> ledger.Earn:
        at = happening.occasion.at
        return ledger.Earn(
            customer_id=happening.customer_id,
            points=earned.points,
            key=happening.journal_key if number == 1 else f"{happening.journal_key}:{number}",
            effective_at=at,
            expires_at=version.terms.expires_at(at, self.zone),
            version_id=version.pk,
            reason=happening.occasion.kind,
            arithmetic=earned.arithmetic,
        )


@subscribe("customer.joined", name="loyalty.happening")
def welcome(happened: Sequence[Happened], at: datetime) -> None:
    """Points for joining. Members who came by a file of the merchant's had joined elsewhere before."""
    joined = [h for h in happened if h.customer_id is not None and "import" not in h.data]
    happen_all(
        [Happening(h.customer_id or 0, Occasion("sign_up", h.at), str(h.customer_id)) for h in joined],
        at=at,
        actor=SYSTEM,
    )
