"""Why a member has these points: everything that ever moved them, by kind, and it adds up."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What moves what the member has. Maturing only moves points from pending to available.
SUMS = """
SELECT CASE
        WHEN j.kind = 'earn' AND j.order_id IS NULL THEN 'occasion'
        WHEN j.kind IN ('hold', 'void', 'capture') THEN 'reward'
        ELSE j.kind
    END AS what, sum(e.points)::bigint, count(DISTINCT j.id)
FROM loyalty_entry e JOIN loyalty_journal j ON j.id = e.journal_id
WHERE e.customer_id = %s AND j.kind <> 'mature'
GROUP BY 1
"""
BALANCE = "SELECT available, pending, held, debt FROM loyalty_balance WHERE customer_id = %s"
WORDS = {
    "earn": (gettext_lazy("Earned by orders"), "coins"),
    "occasion": (gettext_lazy("Earned otherwise: joining, birthday, visits …"), "sparkles"),
    "claw_back": (gettext_lazy("Taken back for refunds and cancelled orders"), "undo-2"),
    "adjust": (gettext_lazy("Given and taken by hand"), "hand-coins"),
    "reward": (gettext_lazy("Used for rewards"), "gift"),
    "expire": (gettext_lazy("Expired"), "hourglass"),
    "reverse": (gettext_lazy("Undone"), "rotate-ccw"),
    "transfer": (gettext_lazy("Moved when two accounts became one, or were parted"), "link"),
    "write_off": (gettext_lazy("Written off"), "trash-2"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """All movements of one kind."""

    label: str
    icon: str
    points: int
    times: int


@dataclass(frozen=True, slots=True)
class Why:
    """The movements, what they come to, and where the points are."""

    lines: list[Line]
    total: int
    places: list[tuple[str, int]]


def why(customer_id: int) -> Why:
    """Every movement ever, by kind; their sum is what the places hold. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [customer_id])
        sums = {what: (int(points), int(times)) for what, points, times in cursor.fetchall()}
        cursor.execute(BALANCE, [customer_id])
        available, pending, held, debt = cursor.fetchone() or (0, 0, 0, 0)
    lines = [Line(str(label), icon, *sums[what]) for what, (label, icon) in WORDS.items() if what in sums]
    places = [(_("Available"), available), (_("Pending"), pending), (_("Set aside"), held), (_("Owed"), -debt)]
    return Why(lines, sum(line.points for line in lines), [(label, points) for label, points in places if points])
