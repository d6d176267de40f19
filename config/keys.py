"""Keys of a laptop or demo: made once, kept in the data folder, readable by the owner alone.

Production never uses these: its keys come from the environment, and a system check refuses to
start without them.
"""

import base64
import json
import os
import secrets
from pathlib import Path

from config.embedded import folders
from config.refusals import CannotRun


def local_keys(var: Path) -> dict[str, str]:
    """The keys of this data folder, created on first use."""
    path = var / "keys.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return _create(path)
    except OSError as error:
        raise CannotRun(
            f"Can't read {path}: {error.strerror}. Set LAUREL_VAR to a folder of your own."
        ) from error


def _create(path: Path) -> dict[str, str]:
    keys = {
        "secret_key": secrets.token_urlsafe(50),
        "personal_data_key": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "personal_data_index_key": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    folders.make_var(path.parent)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.touch(mode=0o600)
    except OSError as error:
        raise folders.cannot_write(path.parent) from error
    draft.write_text(json.dumps(keys))
    try:
        os.link(draft, path)  # the first of two processes wins, the other reads its keys
    except FileExistsError:
        return json.loads(path.read_text())
    finally:
        draft.unlink()
    return keys
