"""A passkey as a browser hands it over, made without one."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT


def passkey(host: str, credential_id: bytes) -> dict[str, Any]:
    """The registration of a new key for this host, as allauth stores it."""
    own = ec.generate_private_key(ec.SECP256R1())
    public = ES256.from_cryptography_key(own.public_key())  # type: ignore[no-untyped-call]
    key = AttestedCredentialData.create(bytes(16), credential_id, public)
    place = hashlib.sha256(host.encode()).digest()
    data = AuthenticatorData.create(place, PRESENT_AND_VERIFIED, 0, key)
    said = CollectedClientData.create("webauthn.create", b"0" * 32, f"https://{host}")
    return {
        "id": websafe_encode(credential_id),
        "rawId": websafe_encode(credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(said),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
