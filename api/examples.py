"""Bodies to begin with: in the OpenAPI document and on the page of documentation."""

from __future__ import annotations

from typing import Any

PLACED = "2026-11-20T12:00:00+09:00"

EXAMPLES: dict[str, Any] = {
    "CustomerDocument": {"email": "ada@example.com", "email_verified": True, "name": "Ada Byron", "language": "en"},
    "CustomerChanges": {"name": "Ada King", "birthday": "1990-12-10"},
    "ConsentDecision": {
        "channel": "email", "purpose": "advertising", "granted": True, "wording": "Yes, write to me about offers.",
    },
    "OrderDocument": {
        "status": "paid", "currency": "KRW", "placed_at": PLACED, "paid_at": PLACED, "updated_at": PLACED,
        "total": "12000", "customer": {"id": "7", "name": "Ada Byron", "email": "ada@example.com"},
        "lines": [{"id": "1", "name": "Beans", "quantity": 2, "total": "12000"}],
    },
    "RefundDocument": {
        "currency": "KRW", "updated_at": "2026-11-21T09:30:00+09:00", "total": "6000",
        "lines": [{"line_id": "1", "quantity": 1, "amount": "6000"}],
    },
    "Adjustment": {"points": 500, "reason": "Sorry for the long wait"},
    "Earning": {"event_id": "review-17", "points": 50, "reason": "Thank you for your review"},
    "Occasion": {"event_id": "survey-3-of-7", "kind": "survey", "subject": "Autumn menu"},
    "RedemptionSent": {"reward": "reward-1"},
    "Use": {"used_by": "Counter 2"},
    "Cancellation": {"reason": "Taken by mistake"},
    "Stamps": {"card": "coffee", "count": 1},
    "WebhookEndpointSent": {
        "url": "https://example.com/dangol", "types": ["points.changed"], "description": "Accounting",
    },
    "WebhookEndpointChanges": {"types": []},
    "WebhookResumption": {"resend": True},
}  # fmt: skip
# What stands for the ids in addresses.
IDS = {"id": "1", "external_id": "1001", "refund_id": "R-1", "endpoint_id": "we_abc", "code": "R-4M7K-0QZX-9D2T"}
