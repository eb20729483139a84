"""Invitations by link. The link is a secret of 192 bits; only its hash is stored, it works once and for seven days."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from staff import addresses, audit
from staff.actors import Actor
from staff.models import Invitation, Role, User

VALID_FOR = timedelta(days=7)
PROOF = signing.Signer(salt="staff.invitation.mailed")


class CannotInvite(ValueError):
    """The person is on the staff already; the text says what to do."""


class NotAnInvitation(LookupError):
    """No open invitation has this token: wrong, used, revoked or too old are not told apart."""


def invite(email: str, role: Role, *, actor: Actor, at: datetime) -> tuple[Invitation, str]:
    """Make an invitation and its token, which is not stored. An open one for the same address is revoked."""
    email = email.strip().lower()
    with transaction.atomic():
        _refuse_known(email)
        for older in open_invitations(at=at).filter(email=email):
            revoke(older.pk, actor=actor, at=at)
        token = secrets.token_urlsafe(24)
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            token_hash=_hash(token),
            invited_by_id=actor.id if actor.kind == "staff" else None,
            created_at=at,
            expires_at=at + VALID_FOR,
        )
        _trail("staff.invited", invitation, actor=actor, at=at)
    return invitation, token


def proof_of_mail(token: str) -> str:
    """What only the mailed link carries: whoever shows it has read the invited mailbox."""
    return PROOF.signature(token)


def open_invitations(*, at: datetime) -> QuerySet[Invitation]:
    """Those that can still be accepted, newest first."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)
    return waiting.select_related("invited_by").order_by("-id")


def find(token: str, *, at: datetime) -> Invitation:
    """The open invitation of this token. Raises NotAnInvitation."""
    invitation = open_invitations(at=at).filter(token_hash=_hash(token)).first()
    if invitation is None:
        raise NotAnInvitation
    return invitation


def revoke(invitation_id: int, *, actor: Actor, at: datetime) -> bool:
    """Make an open invitation worthless. False when it was not open any more."""
    with transaction.atomic():
        changed = open_invitations(at=at).filter(pk=invitation_id).order_by().update(revoked_at=at)
        if changed:
            _trail("staff.invitation_revoked", Invitation.objects.get(pk=invitation_id), actor=actor, at=at)
    return bool(changed)


def revoke_of(user: User, *, actor: Actor, at: datetime) -> None:
    """Make worthless whom this person invited: who may not invite any more must not come back by their own link."""
    for invitation in open_invitations(at=at).filter(invited_by=user):
        revoke(invitation.pk, actor=actor, at=at)


def accept(token: str, *, name: str, password: str, proof: str, actor: Actor, at: datetime) -> User:
    """Use the invitation: the account exists afterwards. Its address counts as verified only with the mail's proof.

    Raises NotAnInvitation, also for whoever comes second.
    """
    try:
        with transaction.atomic():
            invitation = find(token, at=at)
            used = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
            if used.update(accepted_at=at, expires_at=F("expires_at")) != 1:
                raise NotAnInvitation
            user = User.objects.create_user(invitation.email, password, name=name, role=invitation.role)
            addresses.register(user, verified=bool(proof) and constant_time_compare(proof, proof_of_mail(token)))
            joined = Actor("staff", user.pk, str(user), actor.ip, actor.request_id)
            changes = {"role": ["", invitation.role]}
            audit.record("staff.joined", actor=joined, at=at, changes=changes, **_object(user))
    except IntegrityError:  # the address joined by another way meanwhile
        raise NotAnInvitation from None
    return user


def _refuse_known(email: str) -> None:
    known = User.objects.filter(email=email).first()
    if known and known.is_active:
        raise CannotInvite(_("This person works here already."))
    if known:
        raise CannotInvite(_("This person worked here before. Reactivate the account instead."))


def _trail(action: str, invitation: Invitation, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="invitation",
        object_id=invitation.pk,
        object_label=invitation.email,
        changes={"role": ["", invitation.role]},
    )


def _object(user: User) -> dict[str, Any]:
    return {"object_kind": "staff", "object_id": user.pk, "object_label": str(user)}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
