"""Every page of the installation, by who looks at it. A pattern that is listed nowhere fails the crawl.

A variant of a page is the query in its address, or the names of the ids (tests/browser/busy_shop.py) that it holds.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse

Variant = str | dict[str, str]
Pages = dict[str, tuple[Variant, ...]]
PLAIN: tuple[Variant, ...] = ("",)
SHOP, PUBLIC = "config.urls.shop", "config.urls.public"


def paths(name: str, variants: tuple[Variant, ...], ids: dict[str, Any], urlconf: str) -> list[str]:
    """The addresses of a page at a shop with these ids."""
    return [path(name, variant, ids, urlconf) for variant in variants]


def path(name: str, variant: Variant, ids: dict[str, Any], urlconf: str) -> str:
    if isinstance(variant, str):
        return reverse(name, urlconf=urlconf) + variant
    return reverse(name, urlconf=urlconf, kwargs={key: ids.get(given, given) for key, given in variant.items()})


def one_of_each(some: Pages) -> Pages:
    """The first variant of each page."""
    return {name: variants[:1] for name, variants in some.items()}


def of(key: str, *names: str) -> tuple[Variant, ...]:
    """One page for each of these ids."""
    return tuple({key: name} for name in names)


# The backoffice; what a role may not see answers 403, which is a page too.
EMPTY_OFFICE: Pages = {
    "backoffice:home": PLAIN,
    "backoffice:poster": PLAIN,
    "backoffice:customers": PLAIN,
    "backoffice:customer_new": PLAIN,
    "backoffice:orders": PLAIN,
    "backoffice:programme": PLAIN,
    "backoffice:programme_edit": PLAIN,
    "backoffice:programme_publish": PLAIN,
    "backoffice:programme_replay": PLAIN,
    "backoffice:programme_movers": PLAIN,
    "backoffice:stores": PLAIN,
    "backoffice:store_choose": PLAIN,
    "backoffice:store_new": ({"kind": "generic"}, {"kind": "woocommerce"}),
    "backoffice:deliveries": PLAIN,
    "backoffice:developers": PLAIN,
    "backoffice:key_new": PLAIN,
    "backoffice:webhooks": PLAIN,
    "backoffice:webhook_new": PLAIN,
    "backoffice:staff": PLAIN,
    "backoffice:settings": PLAIN,
    "backoffice:settings_till": PLAIN,
    "backoffice:till": PLAIN,
    "backoffice:imports": PLAIN,
    "backoffice:import_new": PLAIN,
    "backoffice:bulk": PLAIN,
    "backoffice:duplicates": PLAIN,
    "backoffice:liability": PLAIN,
    "backoffice:exports": PLAIN,
    "backoffice:claims": PLAIN,
    "backoffice:redemptions": PLAIN,
    "backoffice:audit": PLAIN,
}
COUNTER: Pages = {
    "backoffice:home": PLAIN,
    "backoffice:till": PLAIN,
    "backoffice:till_member": of("pk", "regular", "debtor", "long", "new"),
    "backoffice:till_switch": PLAIN,
    "backoffice:till_customer": PLAIN,
    "backoffice:customers": ("", "?q=regular", "?q=nobody", "?tier=-&sort=points", "?view=birthdays&birthday=week"),
    "backoffice:customer_why": of("pk", "regular", "debtor", "new"),
    "backoffice:duplicates": PLAIN,
    "backoffice:customer": of("pk", "regular", "debtor", "long", "new"),
    "backoffice:customer_edit": of("pk", "regular"),
    "backoffice:orders": ("", "?state=cancelled"),
    "backoffice:order": of("pk", "order", "guest", "cancelled", "pending", "refunded"),
    "backoffice:redemptions": ("", "?state=used"),
    "backoffice:redemption": of("pk", "code_ready", "code_cancelled"),
}
OFFICE: Pages = {
    **{name: variants for name, variants in EMPTY_OFFICE.items() if name not in COUNTER},
    "backoffice:programme_version": of("number", "first_version"),
    "backoffice:programme_part": of("part", "earning", "rules", "stamps", "tiers", "rewards", "terms"),
    "backoffice:programme_new": tuple({"part": part} for part in ("rules", "stamps", "tiers", "rewards")),
    "backoffice:programme_item": (
        {"part": "rules", "key": "weekend"},
        {"part": "stamps", "key": "ten"},
        {"part": "tiers", "key": "gold"},
        {"part": "rewards", "key": "money"},
    ),
    "backoffice:customer_erase": of("pk", "regular"),
    "backoffice:store": of("public_id", "store", "shopify", "gone"),
    "backoffice:store_connect": of("public_id", "shopify", "store"),
    "backoffice:store_widget": of("public_id", "store"),
    "backoffice:store_history": of("public_id", "asked", "store"),
    "backoffice:store_agreement": of("public_id", "asked", "store"),
    "backoffice:store_dry_run": of("public_id", "asked"),
    "backoffice:deliveries": ("", "?state=refused", "?q=nothing"),
    "backoffice:delivery": of("pk", "done", "refused", "failed", "dead", "ignored", "waiting"),
    "backoffice:webhook": of("public_id", "webhook", "paused_webhook"),
    "backoffice:webhook_edit": of("public_id", "webhook"),
    "backoffice:webhook_message": (
        {"public_id": "webhook", "pk": "told"},
        {"public_id": "paused_webhook", "pk": "untold"},
    ),
    "backoffice:bulk_new": ("?who=all", "?who=chosen"),
    "backoffice:bulk_run": of("pk", "bulk_checked", "bulk_done", "bulk_undone"),
    "backoffice:customer_merge": of("pk", "regular", "new"),
    "backoffice:import": of("pk", "import_mapping", "import_checked", "import_done", "import_undone"),
    "backoffice:liability": ("", "?day=2020-02-29"),
    "backoffice:exports": ("", "?kind=customers&show=members&q=regular&unmasked=1"),
    "backoffice:reward_grant": of("pk", "regular"),
    "backoffice:claim": of("pk", "claim_open", "claim_approved", "claim_declined"),
    "backoffice:audit": ("", "?q=nothing"),
}

# One's own account: of somebody with every second step, and of somebody with none.
ACCOUNT: Pages = {
    "staff:me": PLAIN,
    "staff:pin": PLAIN,
    "staff:sessions": PLAIN,
    "account_logout": PLAIN,
    "account_email": PLAIN,
    "account_change_password": PLAIN,
    "account_reauthenticate": PLAIN,
    "mfa_index": PLAIN,
    "mfa_reauthenticate": PLAIN,
    "mfa_deactivate_totp": PLAIN,
    "mfa_view_recovery_codes": PLAIN,
    "mfa_generate_recovery_codes": PLAIN,
    "mfa_list_webauthn": PLAIN,
    "mfa_add_webauthn": PLAIN,
    "mfa_reauthenticate_webauthn": PLAIN,
    "mfa_remove_webauthn": of("pk", "passkey"),
    "mfa_edit_webauthn": of("pk", "passkey"),
}
BARE_ACCOUNT: Pages = {
    "staff:me": PLAIN,
    "account_email": PLAIN,
    "mfa_index": PLAIN,
    "mfa_activate_totp": PLAIN,
    "mfa_list_webauthn": PLAIN,
}
HALF_SIGNED_IN: Pages = {"mfa_authenticate": PLAIN}
DOOR: Pages = {
    "account_login": PLAIN,
    "account_inactive": PLAIN,
    "account_signup": PLAIN,
    "account_email_verification_sent": PLAIN,
    "account_confirm_email": (*of("key", "confirmation"), {"key": "nonsense"}),
    "account_reset_password": PLAIN,
    "account_reset_password_done": PLAIN,
    "account_reset_password_from_key": (
        {"uidb36": "reset_user", "key": "reset"},
        {"uidb36": "reset_user", "key": "nonsense"},
    ),
    "account_reset_password_from_key_done": PLAIN,
    "staff:join": of("token", "token", "nonsense"),
}

# The portal.
MEMBER: Pages = {
    "portal:home": PLAIN,
    "portal:history": ("", "?show=expired"),
    "portal:card": PLAIN,
    "portal:earn": ("", "?done=followed"),
    "portal:visit": ({"code": "nothing"},),
    "portal:rewards": PLAIN,
    "portal:codes": PLAIN,
    "portal:stamps": PLAIN,
    "portal:tier": PLAIN,
    "portal:expiry": PLAIN,
    "portal:claims": ("", "?done=filed"),
    "portal:claim_new": PLAIN,
    "portal:me": ("", "?done=profile"),
    "portal:leave": PLAIN,
}
# A member who has taken rewards of a programme that has everything.
REGULAR: Pages = MEMBER | {
    "portal:reward": of("key", "coffee", "money", "cake", "mug"),
    "portal:code_of": of("pk", "code_ready", "code_cancelled"),
}
STRANGER: Pages = {"portal:home": PLAIN, "portal:sign_in": PLAIN, "api:docs": PLAIN}
ASKING: Pages = {"portal:code": PLAIN}

# The installation's own host.
SITE: Pages = {
    "welcome:landing": PLAIN,
    "welcome:sign_up": PLAIN,
    "welcome:find": PLAIN,
    "welcome:privacy": PLAIN,
    "account_login": PLAIN,
    "account_signup": PLAIN,
    "account_reset_password": PLAIN,
}
MODELS = ("alarm", "merchant", "pooledschema", "trailentry")
OPERATOR: Pages = {
    "admin:index": PLAIN,
    "admin:app_list": of("app_label", "tenants"),
    "admin:password_change": PLAIN,
    "admin:password_change_done": PLAIN,
    **{f"admin:tenants_{model}_changelist": PLAIN for model in MODELS},
    **{f"admin:tenants_merchant_{act}": of("object_id", "merchant") for act in ("change", "suspend", "close")},
    "admin:tenants_merchant_resume": of("object_id", "suspended"),
    "admin:tenants_merchant_reopen": of("object_id", "closing"),
}

# What answers no page to a GET: it takes a form, leads on, or gives something else than HTML.
NO_ACCOUNT_PAGES = {
    "staff:verify", "staff:end_session", "staff:arrive", "account_set_password", "account_confirm_login_code",
    "mfa_download_recovery_codes", "mfa_login_webauthn", "usersessions_list", "language",
}  # fmt: skip
# Hidden behind staff:sessions; pieces of the settings and of a storefront's page; what stands in a frame elsewhere.
PARTS = {
    "backoffice:till_waiting",
    "backoffice:till_preview",
    "usersessions_list",
    "backoffice:settings_colour",
    "backoffice:store_arrivals",
    "widget:entry",
}
API = (
    "customers", "customer", "consents", "balance", "history", "lots", "adjustments", "earnings", "orders", "order",
    "refund", "programme", "tier", "stamps", "occasions", "offers", "rewards", "redemptions", "redemption",
    "redemption_use", "redemption_cancel", "webhook_endpoints", "webhook_endpoint", "webhook_secrets", "webhook_pause",
    "webhook_resume", "webhook_messages", "webhook_redeliver", "openapi", "nothing_here",
)  # fmt: skip
# Seen as they come up in tests/browser/test_till.py: answers to forms, and pieces of the till's page.
TILL = (
    "find", "waiting", "enrol", "preview", "purchase", "stamp", "reward", "code", "use", "undo", "lock", "leave",
    "pair", "turn", "customer_state",
)  # fmt: skip
NO_SHOP_PAGES = NO_ACCOUNT_PAGES | {
    *(f"backoffice:till_{name}" for name in TILL),
    "backoffice:setup_dismiss", "backoffice:setup_visit", "backoffice:customer_adjust", "backoffice:customer_note",
    "backoffice:customer_data",
    "backoffice:redemption_look_up", "backoffice:redemption_act",
    "backoffice:points_undo", "backoffice:programme_preview", "backoffice:store_rotate", "backoffice:store_disconnect",
    *(f"backoffice:programme_{act}" for act in ("back", "start", "discard", "act", "replay_act")),
    "backoffice:store_rename", "backoffice:store_secret", "backoffice:store_keys", "backoffice:store_check",
    "backoffice:store_allow", "backoffice:store_allowed",
    "backoffice:store_history_start", "backoffice:store_past_count", "backoffice:store_past", "backoffice:store_pull",
    "backoffice:store_compare", "backoffice:store_repair", "backoffice:store_leave", "backoffice:store_decide",
    "backoffice:store_register", "backoffice:store_widget_secret", "backoffice:store_arrivals",
    "widget:launcher", "widget:entry", "widget:enter",
    "backoffice:key_revoke",
    *(f"backoffice:claim_{part}" for part in ("photo", "order", "points", "decline", "undo")),
    *(f"api:{name}" for name in API),
    *(f"backoffice:webhook_{act}" for act in ("ping", "pause", "resume", "rotate", "delete", "redeliver")),
    "backoffice:webhook_message_redeliver",
    "backoffice:bulk_rows", "backoffice:bulk_act", "backoffice:view_save", "backoffice:view_act", "backoffice:columns",
    "backoffice:customer_tags", "backoffice:customer_unmerge",
    "backoffice:import_check", "backoffice:import_encoding", "backoffice:import_act", "backoffice:import_rows",
    "backoffice:import_sample",
    "backoffice:delivery_replay", "backoffice:staff_invite", "backoffice:staff_revoke", "backoffice:staff_role",
    "backoffice:staff_deactivate", "backoffice:staff_reactivate", "backoffice:settings_colour",
    "backoffice:settings_close", "backoffice:settings_keep", "portal:another_code", "portal:sign_out", "portal:save",
    "portal:birthday", "portal:followed", "portal:code_cancel", "portal:code_again", "portal:claim_withdraw",
    "portal:manifest", "portal:icon", "portal:worker",
    "portal:allow", "portal:end_other_devices", "portal:end_device", "storefront:hook", "brand",
    "hooks/<slug:public_id>",
}  # fmt: skip
# The admin's own machinery, and what it forbids: nothing is added or deleted by hand.
NO_PUBLIC_PAGES = {
    "backoffice/", "welcome:robots", "welcome:favicon", "outbox", "operator/(?P<url>.*)$",
    "admin:tenants_pooledschema_refill",
    *(f"admin:{name}" for name in ("search", "login", "logout", "autocomplete", "jsi18n", "view_on_site")),
    *(f"admin:tenants_{model}_{act}" for model in MODELS for act in ("add", "delete")),
    *(f"admin:tenants_{model}_change" for model in MODELS if model != "merchant"),
    *(f"admin:tenants_{model}_history" for model in MODELS),
    *(f"operator/tenants/{model}/<path:object_id>/" for model in MODELS),
}  # fmt: skip
