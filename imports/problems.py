"""Everything that can be wrong with a file or a row, in plain words. What is stored is the key and its details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    # The file
    "empty": _("This file is empty."),
    "no_rows": _("There is only a header in this file, and no row below it."),
    "too_large": _("This file is too large. Split it: a file may have up to 50 MB."),
    "too_many_rows": _("This file has more than 500,000 rows. Split it into several."),
    "too_many_columns": _("This file has more than 200 columns. Keep only those you want to bring."),
    "old_excel": _("This is an old Excel file (.xls). Open it in Excel and save it as .xlsx or CSV."),
    "password": _("This file is protected by a password. Save it without one and try again."),
    "unpacks_too_large": _("This workbook is too large when unpacked. Save the sheet as CSV and try again."),
    "workbook_too_heavy": _(
        "This workbook takes too much memory or time to open. Save the sheet as CSV and try again."
    ),
    "unreadable": _("This file could not be opened. Is it whole? Save it again as CSV or .xlsx."),
    "wrong_type": _("This is neither a CSV nor an Excel file (.xlsx)."),
    "quotes": _(
        "The quotation marks do not match at line {line}. Mend that line, or save the file again from a spreadsheet."
    ),
    "gave_up": _("Something went wrong on our side, several times. The file is kept; try again or ask for help."),
    # Any row
    "duplicate": _("Row {row} is about the same customer."),
    "duplicate_order": _("Row {row} is the same order, but they do not stand together."),
    "extra_cells": _("This row has more cells than the header."),
    "broken_letters": _("Some letters in “{column}” could not be read. The file mixes encodings."),
    "too_long": _("“{column}” is too long: at most {most} characters."),
    "bad_email": _("“{value}” is no e-mail address."),
    "bad_phone": _("“{value}” is no phone number."),
    "shortened": _(
        "The spreadsheet shortened “{value}”, so digits are lost. Format the column as text and export it again."
    ),
    "bad_number": _("“{value}” is no number."),
    "bad_date": _("“{value}” is no date."),
    "no_such_day": _("There is no such day: “{value}”."),
    "bad_year": _("The year of “{value}” cannot be right."),
    # Customers
    "nobody": _("There is no customer id, e-mail address or phone number in this row."),
    "bad_points": _("Points are whole numbers: “{value}”."),
    "negative_points": _("Points cannot be below zero: “{value}”."),
    "too_many_points": _("That many points cannot be right: “{value}”."),
    "expired": _("These points expired on {day}."),
    "two_people": _("This address belongs to a customer with another account in the same store."),
    "unknown_customer": _("Nobody is known by this. You chose not to add new customers."),
    "left_alone": _("Is known already. You chose to leave known customers as they are."),
    "nothing_new": _("Nothing in this row is new."),
    # Members in a change of many
    "too_many_members": _("More than {most} members match. Narrow the filters down."),
    "not_there": _("Is not there any more."),
    "member_already": _("Is a member already."),
    "tagged_already": _("Has these tags already."),
    "too_many_tags": _("Would have more than {most} tags."),
    "too_few_points": _("Has only {points} points available."),
    # Orders
    "no_order_id": _("There is no order id in this row."),
    "no_date": _("There is no order date in this row."),
    "no_total": _("There is no total in this row."),
    "negative_money": _("Money cannot be below zero: “{value}”."),
    "bad_money": _("“{value}” is no amount in {currency}."),
    "bad_currency": _("“{value}” is no currency."),
    "unknown_status": _("We do not know the status “{value}”."),
    "future": _("“{value}” lies in the future."),
    "sent_by_store": _("The store has sent this order itself."),
    "known_elsewhere": _("An order with this number, total and day is here already."),
    "known_order": _("This order was brought before."),
    "unexpected": _("This row could not be stored."),
    # What undoing leaves
    "touched_customer": _("Has changed since, has orders or points of its own: left as it is."),
    "touched_field": _("Was changed since the import: left as it is."),
    "touched_points": _("The points were taken back by hand before."),
    "touched_consent": _("The customer has decided anew since."),
    "touched_order": _("The store has sent this order since: left as it is."),
}


@dataclass(eq=False)
class Problem(Exception):
    """Why a file or a row is not taken: a key of WORDS and what stands in its gaps."""

    key: str
    details: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return words(self.key, self.details)


def problem(key: str, **details: str | int) -> Problem:
    """A problem whose quoted values are short enough to be kept and shown."""
    assert key in WORDS, key
    return Problem(key, {name: v[:60] if isinstance(v, str) else v for name, v in details.items()})


def words(key: str, details: Mapping[str, str | int]) -> str:
    """The problem in the active language; the key itself for one that is no longer known."""
    text = str(WORDS.get(key, key))
    try:
        return text.format(**details)
    except (KeyError, IndexError, ValueError):
        return text
