"""Coupons at Cafe24: made, then issued to the member's account, who finds it in the cart; there is nothing to type.

Needs the scopes mall.read_promotion and mall.write_promotion. Our code stands at the end of the coupon's name, by which
a coupon is found again whose making we did not hear the end of. Amounts are plain numbers; `deleted` takes only "D".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from config.money import to_major
from customers.coupons import Coupon
from storefront.platforms.cafe24 import Cafe24Reader
from storefront.platforms.http import listed, understood, unless_unknown
from storefront.platforms.interface import PlatformError

SEOUL = ZoneInfo("Asia/Seoul")
LONGEST_NAME = 50


class Cafe24Coupons:
    """The coupons of one mall."""

    def __init__(self, reader: Cafe24Reader) -> None:
        self._reader = reader

    def make(self, coupon: Coupon) -> str:
        """The coupon's number, issued to the member once. Raises PlatformError("not_possible") without an account."""
        if not coupon.account:
            raise PlatformError("not_possible", "The member has no account at the shop that we know of")
        number = self._find(coupon) or self._create(coupon)
        if not self._is_issued(number, coupon.account):
            one = {
                "issued_member_scope": "M",
                "member_id": coupon.account,
                "allow_duplication": "F",
                "single_issue_per_once": "T",
                "send_sms_for_issue": "F",
            }
            self._reader.call("POST", f"coupons/{number}/issues", request=one)
        return number

    def withdraw(self, coupon: Coupon, external_id: str) -> None:
        """Take it from the member, then delete it; one that is not there is as good."""
        number = external_id or (self._find(coupon) if coupon.account else "")
        if not number:
            return
        if coupon.account:
            path = f"customers/{quote(coupon.account, safe='')}/coupons/{quote(number, safe='')}"
            unless_unknown(lambda: self._reader.call("DELETE", path), bool)
        gone = {"status": None, "deleted": "D"}
        unless_unknown(lambda: self._reader.call("PUT", f"coupons/{quote(number, safe='')}", request=gone), bool)

    def _create(self, coupon: Coupon) -> str:
        made = self._reader.call("POST", "coupons", request=_document(coupon)).document
        return understood(lambda document: str(document["coupon"]["coupon_no"]), made)

    def _find(self, coupon: Coupon) -> str:
        asked = {"coupon_name": _name(coupon), "issue_type": "M", "deleted": "F"}
        found = listed(self._reader.call("GET", "coupons", asked).document, "coupons")
        ours = [one for one in found if str(one.get("coupon_name", "")).endswith(coupon.code)]
        return understood(lambda one: str(one["coupon_no"]), ours[0]) if ours else ""

    def _is_issued(self, number: str, member: str) -> bool:
        issues = self._reader.call("GET", f"coupons/{quote(number, safe='')}/issues", {"member_id": member})
        return bool(listed(issues.document, "issues"))


def _name(coupon: Coupon) -> str:
    room = LONGEST_NAME - len(coupon.code) - 1
    return f"{coupon.title[:room].strip()} {coupon.code}".strip()


def _document(coupon: Coupon) -> dict[str, Any]:
    product = [int(coupon.product)] if coupon.kind == "product" and coupon.product.isdecimal() else []
    if coupon.kind == "product" and not product:
        raise PlatformError("not_possible", "The product's number is no number")
    stated: dict[str, Any] = {
        "coupon_name": _name(coupon),
        "issue_type": "M",
        "issue_sub_type": "M",
        "available_period_type": "F",
        "available_begin_datetime": coupon.starts_at.astimezone(SEOUL).isoformat(timespec="seconds"),
        "available_end_datetime": coupon.ends_at.astimezone(SEOUL).isoformat(timespec="seconds"),
        "available_site": ["W", "M"],
        "available_scope": "P" if product else "O",
        "available_product": "I" if product else "U",
        "available_category": "U",
        "available_amount_type": "I",
        "available_coupon_count_by_order": 1,
        **({"available_product_list": product} if product else {}),
        **_benefit(coupon),
    }
    if coupon.minimum_minor:
        least = float(to_major(coupon.minimum_minor, coupon.currency))
        stated |= {"available_price_type": "O", "available_order_price_type": "U", "available_min_price": least}
    return stated


def _benefit(coupon: Coupon) -> dict[str, Any]:
    if coupon.kind == "shipping":
        return {"benefit_type": "E"}
    if coupon.kind == "percent":
        most = coupon.most_minor
        rate = {"benefit_percentage": coupon.percent, "benefit_percentage_round_unit": "1"}
        limit = {"benefit_percentage_max_price": _number(most, coupon.currency)} if most is not None else {}
        return {"benefit_type": "B", "discount_rate": {**rate, **limit}}
    return {"benefit_type": "A", "discount_amount": {"benefit_price": _number(coupon.amount_minor, coupon.currency)}}


def _number(minor: int, currency: str) -> int | float:
    major = to_major(minor, currency)
    return int(major) if major == major.to_integral_value() else float(major)
