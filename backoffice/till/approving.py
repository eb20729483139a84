"""Above a limit a colleague who may do more approves with their PIN, in the same form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.till.acts import Refused
from backoffice.till.settings import TillSettings, settings_of
from staff import pins, tills
from staff.models import User


@dataclass(frozen=True, slots=True)
class Measure:
    """How much an act is, for the limits."""

    amount_minor: int = 0
    points: int = 0


class NeedsApproval(Exception):
    """Somebody of `approvers` has to type their PIN; `problem` says what was wrong with one that was typed."""

    def __init__(self, approvers: list[User], problem: str = "") -> None:
        super().__init__(problem)
        self.approvers, self.problem = approvers, problem


def approved_by(request: HttpRequest, user: User, measure: Measure, *, at: datetime) -> str:
    """Who approved: the name, or empty where nobody has to. Raises NeedsApproval, and Refused where nobody could."""
    limits = settings_of(request.tenant)
    if _allows(limits, user, measure):
        return ""
    approvers = [holder for holder in pins.holders() if _allows(limits, holder, measure) and holder.pk != user.pk]
    if not approvers:
        raise Refused(_("This is above your limit, and nobody who could approve it has a PIN."))
    chosen, pin = request.POST.get("approver", ""), request.POST.get("pin", "")
    approver = next((one for one in approvers if str(one.pk) == chosen), None)
    if approver is None or not pin:
        raise NeedsApproval(approvers)
    try:
        tills.show_pin(request, approver.pk, pin, actor=tills.actor_at(request, user), at=at)
    except pins.TooManyTries as error:
        raise NeedsApproval(approvers, _("Too many wrong PINs. Try again in a quarter of an hour.")) from error
    except pins.WrongPin as error:
        raise NeedsApproval(approvers, _("This PIN is not right.")) from error
    return str(approver)


def _allows(limits: TillSettings, user: User, measure: Measure) -> bool:
    return limits.allows(user, amount_minor=measure.amount_minor, points=measure.points)
