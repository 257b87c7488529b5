import secrets
import string

_UUID_CHARACTERS = string.digits + string.ascii_uppercase[:22]


def new_call_id() -> str:
    """16 hex digits, as the original's connection ids."""
    return secrets.token_hex(8)


def new_call_uuid() -> str:
    """32 characters of 0-9 and A-V, as the original's."""
    return "".join(secrets.choice(_UUID_CHARACTERS) for _ in range(32))
