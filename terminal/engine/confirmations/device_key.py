"""Judge the keys of devices, and what was signed with them (Ed25519, RFC 8032).

The door asks, and so do the engine at an approval and the offline verifier.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES: Final = 32  # raw
FIELD: Final = (1 << 255) - 19
Y_BITS: Final = 255  # the bit above them is the sign of x (RFC 8032, 5.1.2)
_OF_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER: Final = frozenset({0, 1, FIELD - 1, _OF_ORDER_8, FIELD - _OF_ORDER_8})
"""The y of the eight points P with 8P = 0: under such a key one signature may hold for any text, and says nothing."""


def is_key(text: str) -> bool:
    """Return whether hex text is a public key whose signatures say something."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return False
    if not len(text) == 2 * KEY_BYTES == 2 * len(raw):  # `fromhex` passes over spaces
        return False
    return int.from_bytes(raw, "little") % (1 << Y_BITS) % FIELD not in SMALL_ORDER


def is_signed(public_key: str, signature: str, signed: bytes) -> bool:
    """Return whether a signature, in hex, is this key's and of these bytes."""
    if not is_key(public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
