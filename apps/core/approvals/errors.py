"""What the approval desk refuses."""

from typing import Any

from apps.core.approvals.plans import Difference
from apps.core.errors import LaurelError


class ApprovalError(LaurelError):
    """Base of every refusal of the approval desk."""


class AlreadyAsked(ApprovalError):
    """The same act with the same payload waits already."""

    def __init__(self, request_id: int) -> None:
        super().__init__(f"request {request_id}")
        self.request_id = request_id


class KeyReused(ApprovalError):
    """A key that asked for one thing was used to ask for another."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class NotAllowed(ApprovalError):
    """The staff member lacks the right to ask for or decide this act."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class OwnRequest(ApprovalError):
    """Nobody decides his own request."""

    def __init__(self, request_id: int) -> None:
        super().__init__(f"request {request_id}")
        self.request_id = request_id


class NotWaiting(ApprovalError):
    """The request was decided before, or its time is over."""

    def __init__(self, request_id: int, state: str) -> None:
        super().__init__(f"request {request_id} is {state}")
        self.request_id, self.state = request_id, state


class PlanChanged(ApprovalError):
    """What would be done now is not what was approved."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__(", ".join(f"{each.what}: {each.was} → {each.now}" for each in differences))
        self.differences = differences


class AskerGone(ApprovalError):
    """Who asked may no longer do this: the account is disabled or lost the right."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NothingToUndo(ApprovalError):
    """The request did nothing that could be taken back, has been taken back, or was followed by more."""

    def __init__(self, request_id: int) -> None:
        super().__init__(f"request {request_id}")
        self.request_id = request_id


class UndoTooLate(ApprovalError):
    """What was done longer ago than ``hours`` stays."""

    def __init__(self, hours: int) -> None:
        super().__init__(f"more than {hours} hours ago")
        self.hours = hours


class ReasonMissing(ApprovalError):
    """Asking and rejecting say why."""


class Unapproved(ApprovalError):
    """An act under four eyes was about to be done by a person without a request."""

    def __init__(self, act: str) -> None:
        super().__init__(act)
        self.act: Any = act
