"""Text encrypted at rest (product.md §9): Fernet under FIELD_KEYS, the first key writes, every key reads."""

from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedTextField(models.BinaryField):
    """A str in Python, ciphertext in the database; it cannot be searched, by design. Empty stays empty."""

    def get_prep_value(self, value):
        if not value:
            return b""
        return _keys(tuple(settings.FIELD_KEYS)).encrypt(value.encode())

    def from_db_value(self, value, expression, connection):
        if not value:
            return ""
        return _keys(tuple(settings.FIELD_KEYS)).decrypt(bytes(value)).decode()

    def get_default(self):
        return ""
