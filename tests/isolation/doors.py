"""Every address of the installation, with what it takes to knock there: real ids, tokens and form data of a shop.

A pattern that is not listed fails the crawl: whoever adds a page adds a door.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django_tenants.utils import tenant_context

from staff import handoff
from staff.models import Role, User
from tests.isolation.filling import PIN, Filled

Values = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """How to knock at one pattern.

    `ids` come from the shop whose things are wanted, `bearer` from the shop whose secrets the knocker holds.
    """

    kwargs: Callable[[Filled], Values] = lambda ids: {}
    bearer: Callable[[Filled], Values] = lambda bearer: {}
    data: Callable[[Filled, Filled], Values] = lambda ids, bearer: {}
    open: bool = False  # strangers are let in, to sign in for example
    jars: tuple[str, ...] = (Role.OWNER, "shopper")  # whose cookies open it
    opens: tuple[int, ...] = (200, 302)  # the answer to who may
    json: bool = False
    key: bool = False  # an API key opens it, no cookie
    any_id: bool = False  # another's id finds one's own thing, or is answered as if it were known

    def path_values(self, ids: Filled, bearer: Filled) -> Values:
        return {**self.kwargs(ids), **self.bearer(bearer)}


def patterns(urlconf: str) -> Iterator[tuple[str, URLPattern, str]]:
    """Every pattern of a URL root: its full name (or, nameless, its route), itself, its route."""
    yield from _walk(get_resolver(urlconf), "", "")


def _walk(resolver: URLResolver, route: str, space: str) -> Iterator[tuple[str, URLPattern, str]]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, here, inner)
        else:
            yield (space + pattern.name if pattern.name else here), pattern, here


def fresh_arrival(shop: Filled) -> str:
    """A founder's token; it lives a minute."""
    with tenant_context(shop.merchant):
        return handoff.issue(User.objects.get(email=shop.email("founder")))


def _id(name: str, key: str) -> Callable[[Filled], Values]:
    return lambda shop: {name: shop.ids[key]}


def _post(**values: Any) -> Callable[[Filled, Filled], Values]:
    return lambda ids, bearer: values


def _always(**values: Any) -> Callable[[Filled], Values]:
    """The same parts of an address at every shop."""
    return lambda shop: values


def _id_of_reward(shop: Filled) -> Values:
    return {"part": "rewards", "key": "reward-1"}


def _at_draft(**values: Any) -> Callable[[Filled, Filled], Values]:
    """A change to the programme that is being written, by somebody who looked at it."""
    return lambda ids, bearer: {"revision": ids.ids["draft"], **values}


OPEN = Door(open=True)
STAFF = Door(jars=(Role.OWNER,))
SHOPPER = Door(jars=("shopper",))
STORE = _id("public_id", "store")
CUSTOMER = _id("pk", "customer")
DELIVERY = _id("pk", "delivery")
IMPORT = _id("pk", "import")
BULK = _id("pk", "bulk")
WEBHOOK = _id("public_id", "webhook")


def _of_store(key: str, what: str) -> Callable[[Filled], Values]:
    """A thing of a storefront, and what is done with it."""
    return lambda shop: {**STORE(shop), "pk": shop.ids[key], "what": what}


HOOK = Door(STORE, open=True, jars=(), opens=(401,), json=True, data=lambda ids, b: {"type": "order.paid"})


def _webhook_message(shop: Filled) -> Values:
    return {**WEBHOOK(shop), "pk": shop.ids["webhook_message"]}


ACCOUNT = {
    "staff:me": Door(data=_post(name="Taken over", language="ko")),
    "staff:pin": Door(data=_post(pin=PIN)),
    "staff:verify": STAFF,
    "staff:sessions": STAFF,
    "staff:end_session": Door(_id("session_id", "device"), any_id=True),
    "staff:join": Door(
        bearer=lambda b: {"token": b.secrets["invitation"]}, open=True, jars=(),
        data=lambda ids, bearer: {"name": "Intruder", "password": "a long enough password", "proof": "é"},
    ),
    "staff:arrive": Door(bearer=lambda b: {"token": fresh_arrival(b)}, open=True, jars=()),
    "account_login": Door(
        open=True, jars=(),
        data=lambda ids, bearer: {"login": bearer.email("owner"), "password": bearer.secrets["password"]},
    ),
    "account_logout": OPEN,
    "account_inactive": OPEN,
    "account_signup": Door(open=True, data=_post(email="new@example.com", password1="a long enough password")),
    "account_reauthenticate": Door(data=lambda ids, bearer: {"password": bearer.secrets["password"]}),
    "account_email": Door(data=lambda ids, bearer: {"action_add": "", "email": "taken@example.com"}),
    "account_email_verification_sent": OPEN,
    "account_change_password": Door(
        data=lambda ids, bearer: {"oldpassword": bearer.secrets["password"], "password1": "another long password"}
    ),
    "account_set_password": Door(data=_post(password1="another long password")),
    "account_reset_password": Door(open=True, data=lambda ids, bearer: {"email": bearer.email("owner")}),
    "account_confirm_login_code": Door(open=True, data=lambda ids, bearer: {"code": bearer.secrets["code"]}),
    "account_confirm_email": Door(bearer=lambda b: {"key": b.secrets["confirm"]}, open=True),
    "account_reset_password_from_key_done": OPEN,
    "account_reset_password_from_key": Door(
        bearer=lambda b: {"uidb36": b.secrets["reset_user"], "key": b.secrets["reset"]}, open=True, jars=(),
        data=_post(password1="another long password"),
    ),
    "account_reset_password_done": OPEN,
    "mfa_index": STAFF,
    "mfa_authenticate": Door(open=True, data=lambda ids, bearer: {"code": bearer.secrets["recovery"]}),
    "mfa_reauthenticate": Door(data=lambda ids, bearer: {"code": bearer.secrets["recovery"]}),
    "mfa_activate_totp": Door(data=_post(code="000000")),
    "mfa_deactivate_totp": STAFF,
    "mfa_view_recovery_codes": STAFF,
    "mfa_generate_recovery_codes": STAFF,
    "mfa_download_recovery_codes": STAFF,
    "mfa_list_webauthn": STAFF,
    "mfa_add_webauthn": Door(data=_post(name="key", credential="{}")),
    "mfa_reauthenticate_webauthn": Door(data=_post(credential="{}")),
    "mfa_remove_webauthn": Door(_id("pk", "passkey"), any_id=True),
    "mfa_edit_webauthn": Door(_id("pk", "passkey"), any_id=True, data=_post(name="mine")),
    "mfa_login_webauthn": Door(open=True, data=_post(credential="{}")),
    "usersessions_list": STAFF,
}  # fmt: skip

BACKOFFICE = {
    "backoffice:home": STAFF,
    "backoffice:setup_dismiss": STAFF,
    "backoffice:setup_visit": Door(lambda ids: {"step": "shop"}, any_id=True),
    "backoffice:poster": STAFF,
    "backoffice:customers": Door(
        data=lambda ids, b: {"q": ids.email("member"), "before": ids.ids["by_hand"] + 1, "view": ids.ids["view"]}
    ),
    "backoffice:view_save": Door(data=_post(name="Ours", query="tag=VIP", shared="on")),
    "backoffice:columns": Door(data=_post(column="contact", query="tag=VIP")),
    "backoffice:view_act": Door(lambda ids: {"key": ids.ids["view"], "act": "default"}),
    "backoffice:duplicates": Door(data=lambda ids, b: {"by": "email", "after": ids.email("a")}),
    "backoffice:bulk": STAFF,
    "backoffice:bulk_new": Door(
        data=lambda ids, b: {"who": "chosen", "id": ids.ids["customer"], "act": "points", "direction": "give",
                             "points": 7, "reason": "Ours", "key": str(uuid.uuid4())},
        opens=(200, 302, 422),
    ),
    "backoffice:bulk_run": Door(BULK),
    "backoffice:bulk_rows": Door(BULK),
    "backoffice:bulk_act": Door(lambda ids: {"pk": ids.ids["bulk"], "act": "undo"}),
    "backoffice:customer_new": Door(data=_post(name="Somebody", email="somebody@example.com")),
    "backoffice:customer": Door(CUSTOMER),
    "backoffice:customer_edit": Door(CUSTOMER, data=_post(name="Renamed", email="taken@example.com")),
    "backoffice:customer_data": Door(CUSTOMER),
    "backoffice:customer_erase": Door(CUSTOMER),
    "backoffice:customer_adjust": Door(
        CUSTOMER,
        data=lambda ids, b: {"direction": "give", "points": 7, "reason": "goodwill", "key": str(uuid.uuid4())},
    ),
    "backoffice:customer_why": Door(CUSTOMER),
    "backoffice:customer_tags": Door(CUSTOMER, data=_post(tags="ours, theirs")),
    "backoffice:customer_merge": Door(CUSTOMER, data=lambda ids, b: {"with": ids.ids["by_hand"]}),
    "backoffice:customer_unmerge": Door(lambda ids: {"pk": ids.ids["customer"], "gone": ids.ids["merged"]}),
    "backoffice:customer_note": Door(CUSTOMER, data=_post(text="We were here")),
    "backoffice:points_undo": Door(_id("journal", "journal")),
    "backoffice:claims": Door(data=lambda ids, b: {"q": ids.mark, "after": 1}),
    "backoffice:claim": Door(_id("pk", "claim"), data=lambda ids, b: {"q": f"#{ids.mark}-1"}),
    "backoffice:claim_photo": Door(_id("pk", "claim")),
    "backoffice:claim_order": Door(_id("pk", "claim"), data=lambda ids, b: {"order": ids.ids["order"]}),
    "backoffice:claim_points": Door(_id("pk", "claim"), data=_post(points=7, reason="goodwill")),
    "backoffice:claim_decline": Door(_id("pk", "claim"), data=_post(answer="No.")),
    "backoffice:claim_undo": Door(_id("pk", "claim_decided")),
    "backoffice:orders": Door(data=lambda ids, b: {"q": f"#{ids.mark}-1", "state": "paid"}),
    "backoffice:order": Door(_id("pk", "order")),
    "backoffice:redemptions": Door(data=lambda ids, b: {"q": ids.email("member"), "member": ids.ids["customer"]}),
    "backoffice:redemption_look_up": Door(data=lambda ids, b: {"code": ids.ids["reward_code"]}),
    "backoffice:redemption": Door(_id("pk", "redemption")),
    "backoffice:redemption_act": Door(
        lambda ids: {"pk": ids.ids["redemption"], "act": "cancel"}, data=_post(key="k", reason="We were here")
    ),
    "backoffice:reward_grant": Door(CUSTOMER, opens=(200, 422), data=_post(key="k", reason="We were here")),
    "backoffice:programme": STAFF,
    "backoffice:programme_edit": STAFF,
    "backoffice:programme_preview": Door(
        data=_post(part="earning", earn_points=9, earn_per=100, worth_of_100=100, rounding="floor", rounding_unit=1)
    ),
    "backoffice:programme_part": Door(
        _always(part="terms"), any_id=True, opens=(200, 422), data=_at_draft(hold_days=9)
    ),
    "backoffice:programme_new": Door(
        _always(part="stamps"), any_id=True, opens=(200, 422), data=_at_draft(name_en="Taken over")
    ),
    "backoffice:programme_item": Door(
        _id_of_reward, any_id=True, opens=(200, 422), data=_at_draft(name_en="Taken over")
    ),
    "backoffice:programme_act": Door(
        lambda ids: {**_id_of_reward(ids), "act": "remove"}, any_id=True, data=_at_draft()
    ),
    "backoffice:programme_start": Door(_always(name="points"), any_id=True, data=_at_draft()),
    "backoffice:programme_back": Door(_id("number", "programme"), any_id=True, data=_at_draft()),
    "backoffice:programme_discard": Door(data=_at_draft()),
    "backoffice:programme_publish": Door(opens=(200, 422), data=_at_draft(when="now")),
    "backoffice:programme_replay": STAFF,
    "backoffice:programme_replay_act": Door(_always(act="ask"), any_id=True, data=_post(days=90)),
    "backoffice:programme_movers": STAFF,
    "backoffice:programme_version": Door(_id("number", "programme"), any_id=True),
    "backoffice:stores": STAFF,
    "backoffice:store_choose": STAFF,
    "backoffice:store_new": Door(lambda ids: {"kind": "generic"}, any_id=True, data=_post(name="Another till")),
    "backoffice:store": Door(STORE),
    "backoffice:store_rotate": Door(STORE),
    "backoffice:store_disconnect": Door(STORE),
    "backoffice:store_rename": Door(STORE, data=_post(name="Renamed")),
    "backoffice:store_connect": Door(STORE),
    "backoffice:store_arrivals": Door(STORE),
    "backoffice:store_secret": Door(STORE, data=_post(secret="whsec_" + "A" * 43 + "=")),
    "backoffice:store_keys": Door(STORE, opens=(404,)),  # of no use to a program, which has no API
    "backoffice:store_allow": Door(STORE),
    "backoffice:store_allowed": Door(data=lambda ids, b: {"code": "c", "state": "s"}),
    "backoffice:store_check": Door(STORE),
    "backoffice:store_register": Door(STORE),
    "backoffice:store_widget": Door(STORE, data=_post(sites="https://www.example.com", side="left")),
    "backoffice:store_widget_secret": Door(STORE),
    "backoffice:store_history": Door(STORE),
    "backoffice:store_history_start": Door(STORE),
    "backoffice:store_past_count": Door(STORE, data=_post(kind="opening")),
    "backoffice:store_past": Door(_of_store("backdating", "give")),
    "backoffice:store_pull": Door(_of_store("pull", "stop")),
    "backoffice:store_agreement": Door(STORE),
    "backoffice:store_compare": Door(STORE),
    "backoffice:store_dry_run": Door(STORE, data=lambda ids, b: {"drift": ids.ids["drift"]}),
    "backoffice:store_repair": Door(STORE, data=lambda ids, b: {"drift": ids.ids["drift"]}),
    "backoffice:store_leave": Door(STORE, data=lambda ids, b: {"drift": ids.ids["drift"], "reason": "ours"}),
    "backoffice:store_decide": Door(_of_store("drift", "take-up")),
    "backoffice:deliveries": Door(data=lambda ids, b: {"q": f"{ids.mark}-o1", "store": ids.ids["store"]}),
    "backoffice:delivery": Door(DELIVERY),
    "backoffice:delivery_replay": Door(DELIVERY),
    "backoffice:developers": STAFF,
    "backoffice:key_new": Door(data=_post(name="Ours", kind="live", scopes=["points:write"], expiry="never")),
    "backoffice:key_revoke": Door(_id("pk", "api_key")),
    "backoffice:webhooks": STAFF,
    "backoffice:webhook_new": Door(data=_post(url="https://1.1.1.1/hook", scope="all", description="Ours")),
    "backoffice:webhook": Door(WEBHOOK, data=_post(state="held", type="points.changed")),
    "backoffice:webhook_edit": Door(WEBHOOK, data=_post(url="https://1.1.1.1/other", scope="all")),
    **{f"backoffice:webhook_{act}": Door(WEBHOOK) for act in ("ping", "pause", "rotate", "delete", "redeliver")},
    "backoffice:webhook_resume": Door(WEBHOOK, data=_post(resend="yes")),
    "backoffice:webhook_message": Door(_webhook_message),
    "backoffice:webhook_message_redeliver": Door(_webhook_message),
    "backoffice:staff": STAFF,
    "backoffice:staff_invite": Door(data=_post(email="accomplice@example.com", role="owner")),
    "backoffice:staff_revoke": Door(_id("invitation_id", "invitation"), any_id=True),
    "backoffice:staff_role": Door(lambda ids: {"user_id": ids.ids[Role.CASHIER], "role": "owner"}, any_id=True),
    "backoffice:staff_deactivate": Door(_id("user_id", Role.CASHIER), any_id=True),
    "backoffice:staff_reactivate": Door(_id("user_id", Role.CASHIER), any_id=True),
    "backoffice:settings": Door(
        data=_post(
            name="Renamed", country="KR", language="ko", time_zone="Asia/Seoul", currency="KRW",
            brand_colour="#123456", point_unit="P",
        )
    ),
    "backoffice:settings_colour": Door(data=_post(brand_colour="#123456")),
    "backoffice:settings_close": Door(data=lambda ids, b: {"name": ids.merchant.name}),
    "backoffice:settings_keep": STAFF,
    "backoffice:settings_till": Door(data=_post(presets="1000 2000", idle_minutes="5", sound="on")),
    "backoffice:till": STAFF,
    "backoffice:till_find": Door(opens=(200, 422), data=lambda ids, b: {"q": ids.email("member")}),
    "backoffice:till_waiting": Door(jars=(Role.OWNER,), opens=(200, 204)),
    "backoffice:till_enrol": Door(data=_post(phone="+821044445555", name="Ours")),
    "backoffice:till_member": Door(CUSTOMER),
    "backoffice:till_preview": Door(CUSTOMER, data=_post(amount="1000")),
    "backoffice:till_purchase": Door(CUSTOMER, data=_post(amount="1000", key="a" * 32)),
    "backoffice:till_stamp": Door(CUSTOMER, opens=(200, 422), data=_post(card="cups", count="1", key="b" * 32)),
    "backoffice:till_reward": Door(CUSTOMER, opens=(200, 422), data=_post(reward="reward-1", key="c" * 32)),
    "backoffice:till_code": Door(_id("pk", "redemption")),
    "backoffice:till_use": Door(_id("pk", "redemption"), opens=(200, 422), data=_post(key="d" * 32)),
    "backoffice:till_undo": Door(
        opens=(200, 422), any_id=True,
        data=lambda ids, b: {"kind": "code", "reference": ids.ids["redemption"], "key": "d" * 32},
    ),
    "backoffice:till_lock": Door(jars=(Role.OWNER,), opens=(204, 423)),
    "backoffice:till_switch": Door(
        opens=(200, 423), data=lambda ids, b: {"person": ids.ids[Role.OWNER], "pin": PIN}
    ),
    "backoffice:till_leave": Door(data=lambda ids, b: {"password": b.secrets["password"]}),
    "backoffice:till_pair": STAFF,
    "backoffice:till_turn": Door(jars=(Role.OWNER,), opens=(302, 422)),
    "backoffice:till_customer": Door(open=True, jars=(), data=_post(code="000000")),
    "backoffice:till_customer_state": Door(open=True, jars=(), opens=(204,)),
    "backoffice:imports": STAFF,
    "backoffice:import_new": STAFF,
    "backoffice:import_sample": Door(lambda ids: {"kind": "customers"}, jars=(Role.OWNER,), any_id=True),
    "backoffice:import": Door(IMPORT),
    "backoffice:import_check": Door(IMPORT, opens=(302, 422), data=_post(column_0="email")),
    "backoffice:import_encoding": Door(IMPORT, data=_post(encoding="cp949")),
    "backoffice:import_rows": Door(lambda ids: {"pk": ids.ids["import"], "which": "all"}),
    "backoffice:import_act": Door(lambda ids: {"pk": ids.ids["import"], "act": "undo"}),
    "backoffice:liability": Door(data=_post(day="2026-01-01")),
    "backoffice:exports": Door(data=_post(kind="customers", format="csv", reason="Just so"), opens=(200, 422)),
    "backoffice:audit": Door(
        data=lambda ids, b: {"q": ids.mark, "person": ids.ids["owner"], "kind": "customer", "id": ids.ids["customer"]}
    ),
}  # fmt: skip


def _api(kwargs: Callable[[Filled], Values] = lambda ids: {}, **more: Any) -> Door:
    return Door(kwargs, jars=(), json=True, key=True, **{"opens": (200, 201), **more})


ENDPOINT = _id("endpoint_id", "webhook")
CODE = _id("code", "reward_code")
API = {
    "api:customers": _api(),
    "api:customer": _api(CUSTOMER),
    "api:consents": _api(CUSTOMER),
    **{f"api:{name}": _api(CUSTOMER) for name in ("balance", "history", "lots")},
    "api:adjustments": _api(CUSTOMER, data=_post(points=7, reason="goodwill")),
    "api:earnings": _api(CUSTOMER, data=_post(event_id="e", points=7, reason="goodwill")),
    "api:occasions": _api(CUSTOMER, data=_post(event_id="e", kind="survey")),
    "api:offers": _api(CUSTOMER),
    "api:redemptions": _api(CUSTOMER, opens=(200, 201, 409), data=_post(reward="nothing")),
    "api:redemption": _api(CODE),
    "api:redemption_use": _api(CODE, opens=(200, 409), data=_post(used_by="Counter")),
    "api:redemption_cancel": _api(CODE, opens=(200, 409), data=_post(reason="mistake")),
    "api:rewards": _api(),
    "api:tier": _api(CUSTOMER),
    "api:stamps": _api(CUSTOMER, data=_post(card="cups")),
    "api:orders": _api(),
    "api:order": _api(
        lambda ids: {"external_id": f"{ids.mark}-o1"}, data=lambda ids, b: {"source": ids.ids["store"]}, any_id=True
    ),
    "api:refund": _api(lambda ids: {"external_id": f"{ids.mark}-o1", "refund_id": f"{ids.mark}-r1"}, any_id=True),
    "api:programme": _api(),
    "api:webhook_endpoints": _api(),
    "api:webhook_endpoint": _api(ENDPOINT),
    **{f"api:webhook_{name}": _api(ENDPOINT) for name in ("secrets", "pause", "resume", "messages")},
    "api:webhook_redeliver": _api(lambda ids: {**ENDPOINT(ids), "pk": ids.ids["webhook_message"]}),
    "api:openapi": Door(open=True, jars=()),
    "api:docs": Door(open=True, jars=()),
    "api:nothing_here": Door(open=True, jars=(), opens=(404,)),
}
PORTAL = {
    "portal:home": OPEN,
    "portal:sign_in": Door(open=True, jars=(), data=lambda ids, bearer: {"email": bearer.email("member")}),
    "portal:code": Door(
        open=True, jars=("asking",),
        data=lambda ids, bearer: {"code": bearer.secrets["code"], "next": f"/history/?before={ids.ids['journal']}"},
    ),
    "portal:another_code": Door(open=True, jars=("asking",), opens=(302, 429)),
    "portal:sign_out": SHOPPER,
    "portal:history": Door(jars=("shopper",), data=lambda ids, b: {"before": ids.ids["journal"] + 9}),
    "portal:card": SHOPPER,
    "portal:earn": SHOPPER,
    "portal:birthday": Door(jars=("shopper",), opens=(302, 422), data=_post(birthday="1990-05-31")),
    "portal:followed": Door(lambda ids: {"key": "follow"}, any_id=True, jars=("shopper",)),
    "portal:visit": Door(bearer=lambda b: {"code": b.secrets["visit"]}, jars=("shopper",), opens=(200, 302, 422)),
    "portal:rewards": SHOPPER,
    "portal:reward": Door(
        lambda ids: {"key": "reward-1"}, any_id=True, jars=("shopper",), data=lambda ids, b: {"key": str(uuid.uuid4())}
    ),
    "portal:codes": Door(jars=("shopper",), data=lambda ids, b: {"cancelled": ids.ids["code_cancelled"]}),
    "portal:code_of": Door(_id("pk", "code_bought"), jars=("shopper",)),
    "portal:code_cancel": Door(_id("pk", "code_bought"), jars=("shopper",)),
    "portal:code_again": Door(_id("pk", "code_cancelled"), jars=("shopper",)),
    "portal:stamps": SHOPPER,
    "portal:tier": SHOPPER,
    "portal:expiry": SHOPPER,
    "portal:claims": SHOPPER,
    "portal:claim_new": Door(jars=("shopper",), data=_post(number="77", bought_on="2026-01-02", amount="5")),
    "portal:claim_withdraw": Door(_id("pk", "claim"), jars=("shopper",)),
    "portal:manifest": OPEN,
    "portal:icon": Door(lambda ids: {"size": 192}, open=True),
    "portal:worker": OPEN,
    "portal:me": SHOPPER,
    "portal:save": Door(jars=("shopper",), data=_post(name="Renamed", language="en")),
    "portal:allow": Door(jars=("shopper",), data=_post(advertising_email="")),
    "portal:end_other_devices": SHOPPER,
    "portal:end_device": Door(_id("session_id", "shopper_session"), any_id=True, jars=("shopper",)),
    "portal:leave": Door(jars=("shopper",), data=_post(stay="1")),
}  # fmt: skip

FRAMED = _id("store", "store")
WIDGET = {  # for strangers on other sites; what stands under /w/ is asked for in tests/portal/widget
    "widget:launcher": Door(open=True, jars=(), data=lambda ids, b: {"store": ids.ids["store"]}),
    "widget:entry": Door(FRAMED, open=True, jars=()),
    "widget:enter": Door(FRAMED, open=True, jars=(), opens=(403,), json=True, data=_post(token="dangol1.e30.00")),
}

SHOP = {
    **ACCOUNT,
    **BACKOFFICE,
    **API,
    **PORTAL,
    **WIDGET,
    "storefront:hook": HOOK,
    "hooks/<slug:public_id>": HOOK,
    "language": Door(open=True, data=_post(language="ko", next="/")),
    "brand": Door(lambda ids: {"digest": "abc"}, open=True),
}


def _admin() -> dict[str, Door]:
    """The operator's admin: closed to everybody who is no operator."""
    merchant = Door(lambda ids: {"object_id": ids.merchant.pk}, jars=(), data=_post(reason="because"))
    doors = {
        f"admin:{name}": Door(jars=())
        for name in ("search", "index", "login", "logout", "password_change", "password_change_done", "autocomplete")
    }
    doors["admin:logout"] = OPEN
    doors |= {"admin:jsi18n": Door(jars=()), "admin:tenants_pooledschema_refill": Door(jars=())}
    doors["admin:view_on_site"] = Door(lambda ids: {"content_type_id": 1, "object_id": ids.ids["customer"]}, jars=())
    doors["admin:app_list"] = Door(lambda ids: {"app_label": "tenants"}, jars=())
    doors["operator/(?P<url>.*)$"] = Door(lambda ids: {"url": "staff/user/"}, jars=())
    for model in ("alarm", "merchant", "pooledschema", "trailentry"):
        doors |= {f"admin:tenants_{model}_{page}": Door(jars=()) for page in ("changelist", "add")}
        doors |= {f"admin:tenants_{model}_{page}": merchant for page in ("history", "delete", "change")}
        doors[f"operator/tenants/{model}/<path:object_id>/"] = merchant
    acts = ("suspend", "resume", "close", "reopen")
    return doors | {f"admin:tenants_merchant_{act}": merchant for act in acts}


PUBLIC = {
    **ACCOUNT,
    **_admin(),
    "language": SHOP["language"],
    "outbox": Door(open=True),
    "backoffice/": OPEN,  # leads those who forgot the shop's name to the page that finds it
    "welcome:landing": OPEN,
    "welcome:sign_up": Door(open=True, data=_post(shop="", email="x@example.com", password="a long enough password")),
    "welcome:find": Door(open=True, data=lambda ids, bearer: {"address": ids.merchant.host}),
    "welcome:privacy": OPEN,
    "welcome:robots": OPEN,
    "welcome:favicon": OPEN,
}
DOORS = {"config.urls.shop": SHOP, "config.urls.public": PUBLIC}
