"""Checking that a delivery comes from who holds the secret. On bytes, in constant time, and never raising."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a signature is worth; all but VALID are answered with 401."""

    VALID = "valid"
    MISSING = "signature_missing"
    MALFORMED = "signature_malformed"
    WRONG = "signature_wrong"
    EXPIRED = "signature_expired"
