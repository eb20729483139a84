"""Staff's e-mail addresses as allauth keeps them: one per person, verified or not."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from staff.models import User


def register(user: User, *, verified: bool) -> None:
    """Give a new account its address; sign-in, reset and verification read it from here."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)


def is_verified(user: User) -> bool:
    """Whether the person has shown that the address of the account is theirs."""
    return EmailAddress.objects.filter(user_id=user.pk, email=user.email, verified=True).exists()
