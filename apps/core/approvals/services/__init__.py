"""The only writers of approval requests and thresholds.

*Ask*: the act is planned; below its bar it is done at once, above it the request waits 24 hours. *Approve*:
another person lets it be done, if the plan made anew under locks is the plan that was asked for; else the
request stops and says what differs. *Reject*, *withdraw*, *expire* end it. *Note* puts on record what ran
without a person: by schedule under published rules, or from the server's command line.
"""

from apps.core.approvals.services.asking import LASTS, ask, ask_undo, note
from apps.core.approvals.services.deciding import approve, expire_due, reject, withdraw
from apps.core.approvals.services.ending import finish, stop, undo
from apps.core.approvals.services.thresholds import set_threshold
from apps.core.approvals.services.undoing import undoable

__all__ = [
    "LASTS",
    "approve",
    "ask",
    "ask_undo",
    "expire_due",
    "finish",
    "note",
    "reject",
    "set_threshold",
    "stop",
    "undo",
    "undoable",
    "withdraw",
]
