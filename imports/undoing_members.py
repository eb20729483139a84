"""Taking a change of many back: points reversed, tags as before, guests again. What changed since stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext, override

from customers.events import Happened, tell
from customers.models import Customer
from customers.tagging import change_tags
from imports.context import Context
from imports.models import Run
from imports.outcomes import Touched, plain
from loyalty.models import Journal, OrderEarning
from loyalty.opening import take_back_balances

Leave = Callable[[Touched, str], None]


def take_back(touched: Sequence[Touched], context: Context, leave: Leave) -> dict[str, int]:
    """Take back what happened to these; tells how much of what was taken back."""
    match context.run.kind:
        case Run.Kind.POINTS:
            return {"points": take_back_points(touched, context, leave)}
        case Run.Kind.TAGS:
            return {"untagged": _take_back_tags(touched, context)}
    return _take_back_joining(touched, context, leave)


def take_back_points(touched: Sequence[Touched], context: Context, leave: Leave) -> int:
    """Reverse the journals; tells how many. Points used meanwhile become debt."""
    with override(context.language):
        words = gettext("Undone: {what}") if context.run.is_bulk else gettext("Import undone: {what}")
        reason = words.format(what=context.run.file_name)
    posted = {one.journal: one for one in touched if one.journal}
    reversed_now = take_back_balances(list(posted), reason=reason, actor=context.actor, at=context.at)
    for journal in posted.keys() - reversed_now:
        leave(posted[journal], "touched_points")
    return len(reversed_now)


def _take_back_tags(touched: Sequence[Touched], context: Context) -> int:
    """Those that the run put on go, those that it took off come back; others are not looked at."""
    done = 0
    for one in touched:
        before, after = (set(tags) for tags in one.changes["tags"])
        done += len(change_tags([one.customer or 0], sorted(before - after), sorted(after - before), at=context.at))
    return done


def _take_back_joining(touched: Sequence[Touched], context: Context, leave: Leave) -> dict[str, int]:
    """Guests again, without the points that joining gave. Who has earned by an order since stays a member."""
    customers = Customer.objects.present().select_for_update(no_key=True).in_bulk([one.customer for one in touched])
    earned = set(
        OrderEarning.objects.filter(customer__in=customers, posted__gt=0).values_list("customer_id", flat=True)
    )
    back = []
    for one in touched:
        customer = customers.get(one.customer or 0)
        if customer is None or plain(customer.joined_at) != one.changes["joined_at"][1] or customer.pk in earned:
            leave(one, "touched_customer")
        else:
            back.append(customer.pk)
    given = Journal.objects.filter(customer__in=back, kind=Journal.Kind.EARN, order=None, resolutions=None)
    journals = list(given.filter(effective_at=_moment(touched)).values_list("pk", flat=True)) if touched else []
    with override(context.language):
        reason = gettext("Undone: {what}").format(what=context.run.file_name)
    points = take_back_balances(journals, reason=reason, actor=context.actor, at=context.at)
    Customer.objects.filter(pk__in=back).update(joined_at=None)
    tell([Happened("customer.updated", context.at, customer_id=pk) for pk in back], at=context.at)
    return {"left_programme": len(back), "points": len(points)}


def _moment(touched: Sequence[Touched]) -> str:
    """When these joined: all of one chunk at once."""
    return str(touched[0].changes["joined_at"][1])
