"""Where the embedded servers keep their data and sockets.

Looks at the file system, changes nothing and starts nothing: settings ask here for addresses. The
answer depends on the data folder alone, so every process of one checkout comes to the same place.

PostgreSQL refuses to run as root, so for root it runs as an account that exists already (`postgres`,
else `nobody`). Where that account can't reach the data folder, the database lives under
`/var/lib/laurel`; where a socket's path would be too long, the socket lives under `/tmp`. Both are
named after the data folder.
"""

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ELSEWHERE = Path("/var/lib/laurel")
SHORT = Path("/tmp")
ACCOUNTS = ("postgres", "nobody")
DATABASE = "laurel"
PORT = 5432
LONGEST_SOCKET = 100  # bytes; Linux takes 107, macOS 103
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Account:
    """A system account that exists."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """A server's folder, the folder of its socket, and the account it runs as if not the caller's."""

    root: Path
    sockets: Path
    account: Account | None = None

    @property
    def data(self) -> Path:
        return self.root / "data"


def postgres_place(var: Path) -> Place:
    """Where the embedded PostgreSQL of this data folder lives."""
    var = var.resolve()
    root, account = var / "postgres", None
    if os.geteuid() == 0:
        root, account = _place_for_root(root, ELSEWHERE / _key(var))
    fits = len(os.fsencode(root / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET
    return Place(root, root if fits else _short_folder(var, "pg", account), account)


def valkey_place(var: Path) -> Place:
    """Where the embedded Valkey of this data folder lives."""
    var = var.resolve()
    root = var / "valkey"
    socket = str(root / "valkey.sock")
    fits = len(os.fsencode(socket)) <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(socket)
    return Place(root, root if fits else _short_folder(var, "valkey", None))


def database_url(var: Path) -> str:
    """The URL of the embedded PostgreSQL of this data folder, whether or not it runs."""
    return f"postgresql://postgres@:{PORT}/{DATABASE}?host={quote(str(postgres_place(var).sockets), safe='')}"


def broker_url(var: Path) -> str:
    """The URL of the embedded Valkey of this data folder, whether or not it runs."""
    return f"redis+socket://{valkey_place(var).sockets / 'valkey.sock'}"


def _place_for_root(root: Path, elsewhere: Path) -> tuple[Path, Account]:
    """Existing data stays where it is and keeps its owner; new data goes where the account can reach."""
    for folder in (root, elsewhere):
        if (folder / "data").is_dir() and folder.stat().st_uid != 0:
            return folder, _account(pwd.getpwuid(folder.stat().st_uid))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = _account(next((known[name] for name in ACCOUNTS if name in known), pwd.getpwuid(0)))
    return (root if reaches(account, root.parent) else elsewhere), account


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reaches(account: Account, target: Path) -> bool:
    """Whether the account may pass every existing folder down to this one, or run this program."""
    return all(_may_pass(account, step) for step in (target, *target.parents) if step.exists())


def _may_pass(account: Account, folder: Path) -> bool:
    facts = folder.stat()
    if account.uid in (0, facts.st_uid):
        return account.uid == 0 or bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid in os.getgrouplist(account.name, account.gid):
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)


def _short_folder(var: Path, kind: str, account: Account | None) -> Path:
    owner = account.uid if account else os.geteuid()
    return SHORT / f"laurel-{kind}-{owner}-{_key(var)}"


def _key(var: Path) -> str:
    return hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
