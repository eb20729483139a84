"""The coupon APIs of the simulated shops: what they take, refuse and forget, each in its platform's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.platforms.server import Answer, Request


@dataclass
class SimCoupon:
    """One code at the shop, as it was asked for."""

    id: str
    code: str
    asked: dict[str, Any]
    members: list[str] = field(default_factory=list)  # Cafe24: to whom it was issued
    free_shipping: bool = False


class Coupons:
    """All codes of one shop. `gone` are those that were withdrawn."""

    def __init__(self) -> None:
        self.by_id: dict[str, SimCoupon] = {}
        self.gone: list[SimCoupon] = []

    def __len__(self) -> int:
        return len(self.by_id)

    def only(self) -> SimCoupon:
        """The one that there is."""
        (coupon,) = self.by_id.values()
        return coupon

    def add(self, coupon: SimCoupon) -> SimCoupon:
        self.by_id[coupon.id] = coupon
        return coupon

    def remove(self, coupon_id: str) -> SimCoupon | None:
        coupon = self.by_id.pop(coupon_id, None)
        self.gone += [coupon] if coupon else []
        return coupon

    def with_code(self, code: str) -> SimCoupon | None:
        return next((c for c in self.by_id.values() if c.code.upper() == code.upper()), None)


def shopify(coupons: Coupons, request: Request, *, may: bool) -> Answer:
    """GraphQL: refusals come with status 200, as errors of the question or of the user."""
    if not may:
        denied = {
            "message": "Access denied for discountCodeBasicCreate field.",
            "extensions": {"code": "ACCESS_DENIED"},
        }
        return Answer({"errors": [denied], "data": None})
    asked = request.json()
    query, given = asked["query"], asked["variables"]
    if "codeDiscountNodeByCode" in query:
        found = coupons.with_code(given["code"])
        return Answer({"data": {"found": {"id": found.id} if found else None}})
    if "discountCodeDelete" in query:
        gone = coupons.remove(given["id"])
        mistakes = [] if gone else [{"code": "INVALID", "field": ["id"], "message": "Code discount does not exist."}]
        return Answer({"data": {"deleted": {"deletedCodeDiscountId": gone and gone.id, "userErrors": mistakes}}})
    wanted = given["discount"]
    if coupons.with_code(wanted["code"]):
        taken = {"code": "TAKEN", "field": ["basicCodeDiscount", "code"], "message": "Code must be unique."}
        return Answer({"data": {"made": {"codeDiscountNode": None, "userErrors": [taken]}}})
    number = f"gid://shopify/DiscountCodeNode/{len(coupons.by_id) + len(coupons.gone) + 1}"
    made = coupons.add(SimCoupon(number, wanted["code"], wanted, free_shipping="FreeShipping" in query))
    return Answer({"data": {"made": {"codeDiscountNode": {"id": made.id}, "userErrors": []}}})


def woocommerce(coupons: Coupons, request: Request, rest: list[str], number: str) -> Answer:
    """REST v3: codes are kept in lower case and must be new."""
    if request.method == "GET":
        code = request.query.get("code", "")
        return Answer([{"id": int(c.id), "code": c.code} for c in coupons.by_id.values() if c.code == code.lower()])
    if request.method == "DELETE":
        gone = coupons.remove(rest[0])
        missing = {"code": "woocommerce_rest_shop_coupon_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
        return Answer({"id": int(gone.id)}) if gone else Answer(missing, 404)
    wanted = request.json()
    if coupons.with_code(wanted["code"]):
        message = "The coupon code already exists"
        return Answer({"code": "woocommerce_rest_coupon_code_already_exists", "message": message}, 400)
    made = coupons.add(SimCoupon(number, wanted["code"].lower(), wanted))
    return Answer({"id": int(made.id), "code": made.code}, 201)


def cafe24(coupons: Coupons, request: Request, rest: list[str], number: str, members: set[str]) -> Answer:
    """Made by POST, issued to one member by another; `deleted` takes only "D"."""
    if not rest and request.method == "GET":
        name = request.query.get("coupon_name", "")
        found = [c for c in coupons.by_id.values() if name in c.asked["coupon_name"]]
        return Answer({"coupons": [{"coupon_no": c.id, "coupon_name": c.asked["coupon_name"]} for c in found]})
    if not rest:
        wanted = request.json()["request"]
        if len(wanted["coupon_name"]) > 50 or not isinstance(wanted["available_site"], list):
            return Answer({"error": {"code": 422, "message": "Invalid parameter."}}, 422)
        made = coupons.add(SimCoupon(f"90000000000{number}", wanted["coupon_name"].rsplit(" ", 1)[-1], wanted))
        return Answer({"coupon": {"shop_no": 1, "coupon_no": made.id, **wanted}}, 201)
    coupon = coupons.by_id.get(rest[0])
    if coupon is None:
        return Answer({"error": {"code": 404, "message": "No coupon found."}}, 404)
    if rest[1:] == ["issues"]:
        return _issues(coupon, request, members)
    if request.json()["request"].get("deleted") != "D":
        return Answer({"error": {"code": 422, "message": "Input value in [Whether coupon is deleted] is invalid"}}, 422)
    coupons.remove(coupon.id)
    return Answer({"coupon": {"shop_no": 1, "coupon_no": coupon.id, "deleted": "T"}})


def _issues(coupon: SimCoupon, request: Request, members: set[str]) -> Answer:
    if request.method == "GET":
        mine = [m for m in coupon.members if m == request.query.get("member_id")]
        return Answer({"issues": [{"coupon_no": coupon.id, "member_id": member} for member in mine]})
    member = request.json()["request"]["member_id"]
    if member not in members:
        return Answer({"error": {"code": 422, "message": "Non-existing member."}}, 422)
    coupon.members.append(member)
    return Answer({"issues": {"count": {coupon.id: 1}}}, 201)


def cafe24_of_member(coupons: Coupons, member: str, coupon_id: str) -> Answer:
    """Take a coupon from a member."""
    coupon = coupons.by_id.get(coupon_id)
    if coupon is None or member not in coupon.members:
        return Answer({"error": {"code": 404, "message": "No coupon found."}}, 404)
    coupon.members.remove(member)
    return Answer({"coupon": {"member_id": member, "coupon_no": coupon_id}})
