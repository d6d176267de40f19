"""Personal data at rest: AES-256-GCM under a named key, and a keyed hash to look it up by.

A sealed value is ``length of key id · key id · nonce (12) · ciphertext and tag``. The first key of
PERSONAL_DATA_KEYS seals, every one opens, so a new key is put in front and old values stay readable.
The hash (HMAC-SHA256) has a key of its own: changing it means hashing every value anew. Nonces are
random: a key is good for some 2³² values.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from apps.core.errors import LaurelError

NONCE_BYTES = 12
KEY_BYTES = 32
_INNER, _OUTER, _BLOCK = 0x36, 0x5C, 64  # HMAC, RFC 2104


class KeyMissing(LaurelError):
    """Personal data was sealed with a key that is no longer configured."""

    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return _("the personal data key %(key)s is not configured") % {"key": self.key_id}


class Ring:
    """The keys, parsed, and what is done with them. Raises ImproperlyConfigured for a malformed one."""

    def __init__(self, pairs: Sequence[str], index_key: str):
        named = [pair.partition(":") for pair in pairs]
        self.ciphers = {key_id: AESGCM(_key(text, key_id)) for key_id, _, text in named}
        if not self.ciphers:
            raise ImproperlyConfigured("PERSONAL_DATA_KEYS names no key")
        first = named[0][0].encode()
        self.first = self.ciphers[named[0][0]]
        self.prefix = bytes([len(first)]) + first
        index = _key(index_key, "PERSONAL_DATA_INDEX_KEY").ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ _INNER for byte in index))
        self._outer = sha256(bytes(byte ^ _OUTER for byte in index))

    def seal(self, text: str) -> bytes:
        """See ``seal``."""
        nonce = os.urandom(NONCE_BYTES)
        return self.prefix + nonce + self.first.encrypt(nonce, text.encode(), None)

    def blind_index(self, text: str) -> bytes:
        """See ``blind_index``: HMAC-SHA256 begun with the key once, which is most of the work."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def seal(text: str) -> bytes:
    """Encrypt a text under the first key; every call gives other bytes."""
    return ring().seal(text)


def unseal(sealed: bytes | memoryview) -> str:
    """Decrypt what ``seal`` made. Raises KeyMissing; InvalidTag when the bytes were tampered with."""
    sealed = bytes(sealed)
    end = 1 + sealed[0]
    key_id = sealed[1:end].decode()
    cipher = ring().ciphers.get(key_id)
    if cipher is None:
        raise KeyMissing(key_id)
    return cipher.decrypt(sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :], None).decode()


def blind_index(text: str) -> bytes:
    """The keyed hash (32 bytes) by which an exact value is found."""
    return ring().blind_index(text)


def check_keys(pairs: Sequence[str], index_key: str) -> None:
    """Raise ImproperlyConfigured when the keys can't be used."""
    Ring(pairs, index_key)


def ring() -> Ring:
    """The keys of the settings: hold them to seal many values."""
    return _parsed(tuple(settings.PERSONAL_DATA_KEYS), settings.PERSONAL_DATA_INDEX_KEY)


@lru_cache(maxsize=8)
def _parsed(pairs: tuple[str, ...], index_key: str) -> Ring:
    return Ring(pairs, index_key)


def _key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"key {name} is not base64") from error
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"key {name} must hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key
