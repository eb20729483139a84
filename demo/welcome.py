"""What the terminal says when the demo is ready: where to go, and how to sign in."""

from __future__ import annotations

from demo.people import people
from demo.shops import OPERATOR, PASSWORD, SHOPS, Shop, staff_email


def words(port: int, *, seconds: float) -> str:
    """All of it, for the terminal."""
    parts = [
        f"\nDangol is ready, after {seconds:.0f} seconds.\n",
        f"  Public site, sign-up     http://localhost:{port}/",
        f"  Outbox: all mails        http://localhost:{port}/outbox/",
        f"  Operator                 http://localhost:{port}/operator/   {OPERATOR}\n",
        *(_shop(shop, port) for shop in SHOPS),
        f"  Everybody's password: {PASSWORD}. Shoppers need none: they get a code, which lands in the outbox.",
        "  Ctrl-C stops everything; the data is kept.\n",
    ]
    return "\n".join(parts)


def _shop(shop: Shop, port: int) -> str:
    base = f"http://{shop.slug}.localhost:{port}"
    shopper = people(shop)[0]
    staff = "\n".join(f"      {role:<10} {staff_email(shop, role)}" for role in shop.staff)
    return (
        f"  {shop.name} ({shop.currency}, {shop.time_zone})\n"
        f"    Backoffice             {base}/backoffice/\n{staff}\n"
        f"    Rewards portal         {base}/\n"
        f"      a regular  {shopper.email}\n"
    )
