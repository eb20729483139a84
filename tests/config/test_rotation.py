"""Taking a new encryption key into use."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from config import encryption
from staff.actors import SYSTEM
from staff.models import User
from storefront.models import StoreSecret
from storefront.stores import create_store, valid_secrets
from tenants.models import Merchant
from tests.shops import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(cafe: Merchant) -> str:
    with tenant_context(cafe):
        return create_store(kind="generic", name="Till", actor=SYSTEM, at=NOW)[1]


def read_back(cafe: Merchant) -> str:
    with tenant_context(cafe):
        stored = StoreSecret.objects.latest("id")
        return valid_secrets(stored.store, NOW)[0]


def test_secrets_can_be_read_with_the_new_key_alone(cafe: Merchant, secret: str, settings: Settings) -> None:
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    assert read_back(cafe) == secret


def test_second_steps_are_rotated_too(cafe: Merchant, owner: User, settings: Settings) -> None:
    with tenant_context(cafe):
        data = {"secret": encryption.encrypt("TOTP"), "other": "kept"}
        row = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data=data)
        new = Fernet.generate_key().decode()
        settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
        call_command("rotate_keys")
        settings.ENCRYPTION_KEYS = [new]
        row.refresh_from_db()
        assert encryption.decrypt(row.data["secret"]) == "TOTP"
        assert row.data["other"] == "kept"


def test_a_secret_that_no_key_reads_is_named_and_left(cafe: Merchant, secret: str, settings: Settings) -> None:
    kept = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError):
        call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = kept
    assert read_back(cafe) == secret
