"""Folders of the embedded servers: made when missing, never opened wider when they exist."""

import os
from pathlib import Path

from config.embedded.places import Account, Place
from config.refusals import CannotRun


def make_var(var: Path) -> None:
    """The data folder or one in it; others may pass, so that another account's server reaches its part."""
    for folder in (*reversed(var.parents), var):
        if not folder.exists():
            _make(folder, 0o755)


def make_private(folder: Path, account: Account | None) -> None:
    """A folder only its owner enters: the account's, else ours. Somebody else's folder is refused."""
    owner = account.uid if account else os.geteuid()
    if not folder.exists():
        _make(folder, 0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, account.gid)
    if folder.is_symlink() or folder.stat().st_uid != owner:
        raise CannotRun(
            f"{folder} belongs to another account (uid {folder.lstat().st_uid}, wanted {owner}): "
            "run as its owner, or set LAUREL_VAR to a folder of your own."
        )


def make_place(var: Path, place: Place) -> None:
    """Everything a server needs before it can start."""
    make_var(var)
    make_var(place.root.parent)
    make_private(place.root, place.account)
    make_private(place.sockets, place.account)
    must_be_writable(place.root)


def must_be_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise cannot_write(folder)


def cannot_write(folder: Path) -> CannotRun:
    return CannotRun(
        f"Can't write to {folder}: give yourself write permission there, or set LAUREL_VAR to another folder."
    )


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode)
        os.chmod(folder, mode)  # whatever the umask: the server's account must be able to pass
    except FileExistsError:  # another process made it meanwhile
        return
    except OSError as error:
        raise cannot_write(folder.parent) from error
