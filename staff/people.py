"""The people who work for a shop: their role, and whether they may come in. A shop always keeps an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from staff import audit, invitations, sessions
from staff.actors import Actor
from staff.models import Role, User
from staff.permissions import may


class CannotChange(ValueError):
    """The change would lock the shop or the acting person out; the text says so."""


@dataclass(frozen=True)
class Member:
    """A person on the staff page: the account, and whether a second step protects it."""

    user: User
    two_step: bool


def members() -> list[Member]:
    """Everybody, active first, in the order of roles and names. Two queries."""
    protected = set(
        Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user_id", flat=True)
    )
    roles = list(Role)
    people = sorted(
        User.objects.filter(is_operator=False),
        key=lambda user: (not user.is_active, roles.index(Role(user.role)), str(user).lower()),
    )
    return [Member(user, user.pk in protected) for user in people]


def change_role(user_id: int, role: Role, *, actor: Actor, at: datetime) -> User:
    """Give a person another role; it counts from their next click. Raises User.DoesNotExist, CannotChange."""
    with transaction.atomic():
        user = _lock(user_id)
        if user.role == role:
            return user
        _refuse_own(user, actor)
        if role != Role.OWNER:
            _refuse_last_owner(user)
        before, user.role = user.role, role
        user.save(update_fields=["role"])
        if not may(user, "staff.edit"):
            invitations.revoke_of(user, actor=actor, at=at)
        _trail("staff.role_changed", user, actor=actor, at=at, changes={"role": [before, role]})
    return user


def deactivate(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Lock a person out: sessions and sent invitations end, sign-in is refused. Nothing they did is lost.

    Raises CannotChange.
    """
    with transaction.atomic():
        user = _lock(user_id)
        if not user.is_active:
            return user
        _refuse_own(user, actor)
        _refuse_last_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        sessions.end_all(user)
        invitations.revoke_of(user, actor=actor, at=at)
        _trail("staff.deactivated", user, actor=actor, at=at, changes={})
    return user


def reactivate(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Let a person come in again with the password and role they had."""
    with transaction.atomic():
        user = _lock(user_id)
        if user.is_active:
            return user
        user.is_active = True
        user.save(update_fields=["is_active"])
        _trail("staff.reactivated", user, actor=actor, at=at, changes={})
    return user


def rename(user: User, *, name: str, language: str, actor: Actor, at: datetime) -> None:
    """Change one's own name and language."""
    after = {"name": name, "language": language}
    changes: dict[str, list[object]] = {
        field: [getattr(user, field), value] for field, value in after.items() if getattr(user, field) != value
    }
    if not changes:
        return
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**after)
        _trail("account.changed", user, actor=actor, at=at, changes=changes)


def _lock(user_id: int) -> User:
    """The person, with all owners locked in one order, so that two owners cannot remove each other at once."""
    locked = {user.pk: user for user in User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk")}
    return locked.get(user_id) or User.objects.select_for_update().get(pk=user_id)


def _refuse_own(user: User, actor: Actor) -> None:
    if actor.kind == "staff" and actor.id == user.pk:
        raise CannotChange(_("You cannot change your own role or account here. Ask another owner."))


def _refuse_last_owner(user: User) -> None:
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk)
    if user.role == Role.OWNER and user.is_active and not others.exists():
        raise CannotChange(_("The shop needs at least one owner."))


def _trail(action: str, user: User, *, actor: Actor, at: datetime, changes: dict[str, list[object]]) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="staff",
        object_id=user.pk,
        object_label=str(user),
        changes=changes,
    )
