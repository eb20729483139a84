"""The programme and the points ledger."""

from loyalty.models.earnings import Backdating, OrderEarning
from loyalty.models.ledger import MEMBER_ACCOUNTS, Allocation, Balance, Entry, Journal, Lot
from loyalty.models.programme import Draft, ProgrammeVersion
from loyalty.models.rewards import Claim, Notice, Redemption, Stamp

__all__ = [
    "MEMBER_ACCOUNTS",
    "Allocation",
    "Backdating",
    "Balance",
    "Claim",
    "Draft",
    "Entry",
    "Journal",
    "Lot",
    "Notice",
    "OrderEarning",
    "ProgrammeVersion",
    "Redemption",
    "Stamp",
]
