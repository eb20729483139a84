"""Why the ledger refuses a command. The database names the reason; here it becomes an exception."""

from __future__ import annotations

from django.db.utils import DatabaseError


class LedgerError(Exception):
    """The ledger refused; nothing was posted. The text is for developers, pages word their own."""


class NotEnoughPoints(LedgerError):
    """The member has fewer points available than asked for."""


class KeyReused(LedgerError):
    """Another command was carried out under this key."""


class AlreadyResolved(LedgerError):
    """The hold was captured or voided before, or the journal was reversed before."""


class NotReversible(LedgerError):
    """A journal of this kind is not undone by hand: an order's points follow the order."""


class UnknownJournal(LedgerError):
    """There is no such journal, or it is no hold."""


class WrongAmount(LedgerError):
    """Points must be whole, not zero, and of the sign that the command takes."""


# What the functions in loyalty/sql answer in `problem`, or raise with this name as the message.
REFUSALS: dict[str, type[LedgerError]] = {
    "not_enough_points": NotEnoughPoints,
    "key_reused": KeyReused,
    "already_resolved": AlreadyResolved,
    "not_reversible": NotReversible,
    "unknown_journal": UnknownJournal,
    "wrong_amount": WrongAmount,
}


def refusal(problem: str, detail: str = "") -> LedgerError:
    """The exception for a problem that a function answered."""
    return REFUSALS[problem](detail)


def translated(error: DatabaseError) -> Exception:
    """The exception for a problem that a function raised; other errors of the database stay as they are."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return error
    if diagnosis.message_primary in REFUSALS:
        return refusal(diagnosis.message_primary, diagnosis.message_detail or "")
    if diagnosis.constraint_name == "one_effect_per_key":  # two members' commands under one key at the same moment
        return KeyReused(diagnosis.message_detail or "")
    return error
