"""Points for what is no order: joining, birthdays, reviews, follows, visits, answers, and what programs tell.

The one door for pages and programs; the rooms behind it are happening.py, visits.py and birthdays.py.
"""

from __future__ import annotations

from loyalty.birthdays import BirthdayLocked, WrongBirthday, set_birthday
from loyalty.happening import happen
from loyalty.visits import Visit, WrongCode, check_in, visit_code

__all__ = [
    "BirthdayLocked", "Visit", "WrongBirthday", "WrongCode", "check_in", "happen", "set_birthday", "visit_code",
]  # fmt: skip
