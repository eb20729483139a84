"""What each role may do. This table is the only place; pages, endpoints and docs/roles.md all read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from staff.models import Role, User

OWNER, MANAGER, CASHIER, ANALYST = Role.OWNER, Role.MANAGER, Role.CASHIER, Role.ANALYST

CAPABILITIES: dict[str, tuple[Role, ...]] = {
    "dashboard.view": (OWNER, MANAGER, CASHIER, ANALYST),
    "till.use": (OWNER, MANAGER, CASHIER),
    "till.settings": (OWNER, MANAGER),
    "customers.view": (OWNER, MANAGER, CASHIER, ANALYST),
    "customers.edit": (OWNER, MANAGER, CASHIER),
    "customers.erase": (OWNER, MANAGER),
    "customers.merge": (OWNER, MANAGER),
    "customers.bulk": (OWNER, MANAGER),
    "points.adjust": (OWNER, MANAGER),
    "rewards.view": (OWNER, MANAGER, CASHIER, ANALYST),
    "rewards.redeem": (OWNER, MANAGER),
    "claims.decide": (OWNER, MANAGER),
    "programme.view": (OWNER, MANAGER, ANALYST),
    "programme.publish": (OWNER, MANAGER),
    "liability.view": (OWNER, MANAGER, ANALYST),
    "exports.run": (OWNER, MANAGER, ANALYST),
    "exports.unmask": (OWNER, MANAGER),
    "stores.view": (OWNER, MANAGER, ANALYST),
    "stores.edit": (OWNER,),
    "deliveries.replay": (OWNER, MANAGER),
    "stores.compare": (OWNER, MANAGER),
    "imports.view": (OWNER, MANAGER),
    "imports.run": (OWNER, MANAGER),
    "api.view": (OWNER, MANAGER),
    "api.edit": (OWNER,),
    "staff.view": (OWNER, MANAGER),
    "staff.edit": (OWNER,),
    "settings.view": (OWNER, MANAGER),
    "settings.edit": (OWNER,),
    "audit.view": (OWNER, MANAGER),
    "shop.close": (OWNER,),
}

# What a capability means to a person: for docs/roles.md and the staff page.
MEANINGS = {
    "dashboard.view": _("See the home page with its figures"),
    "till.use": _("Stand at the till: find members, give points and stamps, hand out rewards"),
    "till.settings": _("Set the till’s preset amounts, limits and locking"),
    "customers.view": _("Find customers and see their points and orders"),
    "customers.edit": _("Add customers and change their details"),
    "customers.erase": _("Hand out all that is kept about a customer, and erase it"),
    "customers.merge": _("Make two customers one, and undo it"),
    "customers.bulk": _("Change many members at once, and undo it"),
    "points.adjust": _("Give or take points and rewards by hand, and undo it"),
    "rewards.view": _("See which rewards members took, and look up a code"),
    "rewards.redeem": _("Use and cancel members’ rewards outside the till, and give their points back"),
    "claims.decide": _("Answer members who miss points"),
    "programme.view": _("See the rules for points"),
    "programme.publish": _("Change the rules for points"),
    "liability.view": _("See what the shop owes its members in points and money"),
    "exports.run": _("Export lists as files, with people’s data masked"),
    "exports.unmask": _("Export people’s data unmasked, with a reason"),
    "stores.view": _("See storefronts and their deliveries"),
    "stores.edit": _("Connect storefronts, change their secrets, disconnect them"),
    "deliveries.replay": _("Process a delivery again"),
    "stores.compare": _("Compare orders with the storefront and repair differences"),
    "imports.view": _("See imports"),
    "imports.run": _("Import customers, orders and balances, and undo it"),
    "api.view": _("See API keys and outgoing webhooks"),
    "api.edit": _("Make and revoke API keys, change outgoing webhooks"),
    "staff.view": _("See who works here"),
    "staff.edit": _("Invite people, change roles, deactivate accounts"),
    "settings.view": _("See the shop’s settings"),
    "settings.edit": _("Change the shop’s settings"),
    "audit.view": _("Read the audit trail"),
    "shop.close": _("Close the shop"),
}

View = Callable[..., HttpResponseBase]


def may(user: User, capability: str) -> bool:
    """Whether this user's role grants the capability. Raises KeyError for one that the table does not know."""
    return user.is_active and user.role in CAPABILITIES[capability]


def require(capability: str) -> Callable[[View], View]:
    """Let only staff with the capability through: others are sent to sign in, or get 403."""
    assert capability in CAPABILITIES, capability

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            assert isinstance(request.user, User)
            if not may(request.user, capability):
                raise PermissionDenied(capability)
            response = view(request, *args, **kwargs)
            # Whoever uses this till next must not find customers or secrets in the browser's memory.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.capability = capability  # type: ignore[attr-defined]
        return login_required(guarded)

    return decorate
