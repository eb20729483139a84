"""Replay: what the draft would have given for the real orders and occasions of 90 or 365 days. See docs/replay.md.

An alarm works through the members in bounded pages; how far it came and what it counted stands with the draft, so that
a worker that vanishes loses one page. The rules are those of the moment when the replay was asked for.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from loyalty.climbing import history_needed
from loyalty.drafts import ONE
from loyalty.happening import gives_for
from loyalty.likeness import steps
from loyalty.models import Draft
from loyalty.movers import movers
from loyalty.past_occasions import occasions_of
from loyalty.past_orders import Span, counts, members_after, orders_of, tags_of
from loyalty.programme import in_force, shop_time_zone
from loyalty.replay_totals import OfMember, Totals
from loyalty.replayed_members import Script, replayed
from loyalty.rules import Rules, WrongRules
from staff.actors import Actor
from tenants.alarms import handler, ring

ALARM = "replay"
DAYS = (90, 365)
SECONDS = 5.0  # of one run of the alarm
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

State = Draft.Replay


class CannotReplay(Exception):
    """There is nothing to replay. `code` says why: "no_draft", "days", "wrong_rules"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def ask(days: int, *, actor: Actor, at: datetime) -> Draft:
    """Begin to replay the orders of the last `days` by the draft, in the background. Raises CannotReplay.

    A replay that is running begins again with the draft as it stands now.
    """
    draft = _locked()
    if draft is None:
        raise CannotReplay("no_draft")
    if days not in DAYS:
        raise CannotReplay("days")
    rules = _sensible(draft.rules)
    span = _span(rules, days, at)
    everybody, of_members, members = counts(span)
    draft.replay, draft.replay_days, draft.replay_asked_at = State.RUNNING, days, at
    draft.replay_revision, draft.replay_result = draft.revision, {}
    draft.replay_progress = {
        "rules": draft.rules, "since": span.since.isoformat(), "until": span.until.isoformat(), "by": actor.name[:200],
        "cursor": 0, "done": 0, "of": of_members, "members": members, "guests": everybody - of_members,
        "in_all": {}, "totals": Totals().to_json(),
    }  # fmt: skip
    _save(draft)
    ring(ALARM)
    return draft


@transaction.atomic
def stop(*, actor: Actor, at: datetime) -> None:
    """Stop a replay that is running; nothing happens otherwise. It writes nothing, so there is nothing to undo."""
    draft = _locked()
    if draft is not None and draft.replay == State.RUNNING:
        draft.replay, draft.replay_progress = State.STOPPED, {}
        _save(draft)


def _locked() -> Draft | None:
    return Draft.objects.select_for_update().filter(pk=ONE).first()


def _save(draft: Draft) -> None:
    draft.save(update_fields=[field.name for field in Draft._meta.fields if field.name.startswith("replay")])


def _sensible(rules: Mapping[str, Any]) -> Rules:
    try:
        return Rules.from_json(rules)
    except WrongRules as wrong:
        raise CannotReplay("wrong_rules") from wrong


def _span(rules: Rules, days: int, until: datetime) -> Span:
    since = until - timedelta(days=days)
    if any(rule.kind == "nth_order" and rule.active for rule in rules.earning):
        return Span(since, until, LONG_AGO)
    first = history_needed(rules.tiers, since.date()) if Script(rules, ZoneInfo("UTC")).needs_history else since.date()
    history = LONG_AGO if first == date.min else datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Span(since, until, min(history, since))


# ── The alarm ───────────────────────────────────────────────────────────────────────────────────


def earliest_due() -> datetime | None:
    """When there is work: at once, or None."""
    return Draft.objects.filter(replay=State.RUNNING).values_list("replay_asked_at", flat=True).first()


@handler(ALARM, due=earliest_due)
def run(at: datetime) -> None:
    """Replay for some seconds, a page of members in each transaction."""
    ends = time.monotonic() + SECONDS
    zone = shop_time_zone()
    while _page(zone, at) and time.monotonic() < ends:
        pass


def _page(zone: ZoneInfo, at: datetime) -> bool:
    """One page; False when there is none left. Rules that cannot be replayed after all end the replay as failed."""
    try:
        with transaction.atomic():
            return _next_page(zone, at)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        Draft.objects.filter(pk=ONE, replay=State.RUNNING).update(replay=State.FAILED)
        raise


def _next_page(zone: ZoneInfo, at: datetime) -> bool:
    waiting = Draft.objects.select_for_update(skip_locked=True).filter(pk=ONE, replay=State.RUNNING)
    draft = waiting.first()
    if draft is None:
        return False
    progress = draft.replay_progress
    script = Script(Rules.from_json(progress["rules"]), zone, progress["in_all"])
    since, until = (datetime.fromisoformat(progress[name]) for name in ("since", "until"))
    span = _span(script.rules, (until - since).days, until)
    members = members_after(progress["cursor"])
    if members:
        totals = Totals.from_json(progress["totals"])
        progress["done"] += _count(members, span, script, totals)
        progress |= {"cursor": members[-1], "in_all": script.in_all, "totals": totals.to_json()}
    else:
        draft.replay, draft.replay_result, draft.replay_progress = State.DONE, _result(progress, script, span, at), {}
    _save(draft)
    return bool(members)


def _count(members: list[int], span: Span, script: Script, totals: Totals) -> int:
    """Replay what these members did into the totals; how many orders that were."""
    tags = tags_of(members) if script.tags else {}
    gives_for_birthdays = gives_for(script.rules, "birthday")
    occasions = occasions_of(members, span, script.zone, birthdays=gives_for_birthdays) if script.has_occasions else []
    of_member: defaultdict[int, OfMember] = defaultdict(OfMember)
    for one in replayed(orders_of(members, span), occasions, span.since, script, tags):
        month, sums = one.at.astimezone(script.zone).isoformat()[:7], of_member[one.customer_id]
        sums.now += one.now
        sums.was += one.was
        if one.kind:
            totals.occasion(month, one.kind, one.now, one.was)
            sums.occasions_now += one.now
            sums.occasions_was += one.was
        else:
            totals.order(month, one.now, one.was)
            sums.orders += 1
    totals.page(of_member.items())
    return sum(sums.orders for sums in of_member.values())


# ── What it comes to ────────────────────────────────────────────────────────────────────────────

# Points that came and went in that time: all that was issued, and all that was used.
USED = """
SELECT coalesce(-sum(e.points) FILTER (WHERE e.account = 'issued'), 0),
       coalesce(sum(e.points) FILTER (WHERE e.account = 'redeemed'), 0)
FROM loyalty_journal j JOIN loyalty_entry e ON e.journal_id = j.id
WHERE j.effective_at >= %s AND j.effective_at < %s AND e.account IN ('issued', 'redeemed')
"""


def _result(progress: dict[str, Any], script: Script, span: Span, at: datetime) -> dict[str, Any]:
    """The result for the pages. Points whole, money in minor units, shares in thousandths."""
    rules, totals = script.rules, Totals.from_json(progress["totals"])
    issued, used = _issued_and_used(span)
    share = min(round(1000 * used / issued), 1000) if issued > 0 and used > 0 else None
    present = in_force(at)
    worth_was = present.terms.worth_of_100 if present else rules.worth_of_100
    return {
        "days": (span.until - span.since).days,
        "since": progress["since"],
        "until": progress["until"],
        "by": progress["by"],
        "currency": rules.currency,
        "guests": progress["guests"],
        "sums": totals.sums(),
        "worth": {"now": rules.worth_of_100, "was": worth_was},
        "used_share": share,
        "tiers": _moving(rules, at),
        **{name: value for name, value in totals.to_json().items() if name != "sums"},
    }


def _issued_and_used(span: Span) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(USED, [span.since, span.until])
        issued, used = cursor.fetchone()
    return int(issued), int(used)


def _moving(rules: Rules, at: datetime) -> dict[str, Any] | None:
    """Who would change tier; None when the tiers stay as they are."""
    present = in_force(at)
    before = present.terms.tiers if present else None
    if before is not None and steps(before) == steps(rules.tiers):
        return None
    found = movers(rules.tiers, at=at, rules=rules)
    return {
        "up": dict(found.up),
        "down": dict(found.down),
        "unchanged": dict(found.unchanged),
        "cost_points": found.cost_points,
        "cost_minor": found.cost_minor,
    }
