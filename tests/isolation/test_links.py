"""A link that one shop mailed opens nothing at another, though both sign with the installation's one key."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation, get_emailconfirmation_model
from django.utils import timezone
from django_tenants.utils import tenant_context

from staff.models import User
from tenants.models import Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db


def address_of(merchant: Merchant, user: User) -> EmailAddress:
    """The user's address, not verified yet; the same primary key in both shops."""
    with tenant_context(merchant):
        EmailAddress.objects.filter(user=user).delete()
        return EmailAddress.objects.create(pk=4711, user=user, email=user.email, primary=True, verified=False)


def confirmation_of(merchant: Merchant, address: EmailAddress) -> str:
    """The key in the link that the shop mails."""
    with tenant_context(merchant):
        confirmation = get_emailconfirmation_model().create(address)
        if isinstance(confirmation, EmailConfirmation):
            EmailConfirmation.objects.filter(pk=confirmation.pk).update(sent=timezone.now())
        return str(confirmation.key)


def is_verified(merchant: Merchant) -> bool:
    with tenant_context(merchant):
        return EmailAddress.objects.get(pk=4711).verified


def test_a_confirmation_of_one_shop_confirms_nothing_at_another(
    cafe: Merchant, bikes: Merchant, owner: User, outsider: User
) -> None:
    address_of(cafe, owner)
    address = address_of(bikes, outsider)
    path = f"/account/confirm-email/{confirmation_of(bikes, address)}/"
    client_of(cafe).post(path)
    assert not is_verified(cafe)
    client_of(bikes).post(path)
    assert is_verified(bikes)
