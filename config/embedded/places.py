"""Where the embedded servers keep their data and sockets. Pure paths; starts nothing."""

from pathlib import Path
from urllib.parse import quote


def database_url(var: Path) -> str:
    """The URL of the embedded PostgreSQL of this data folder, whether or not it runs."""
    return f"postgresql://postgres@/laurel?host={quote(str(var / 'postgres'))}"


def broker_url(var: Path) -> str:
    """The URL of the embedded Valkey of this data folder, whether or not it runs."""
    return f"redis+socket://{var / 'valkey' / 'valkey.sock'}"
