"""What tiers refuse, with the facts."""

from datetime import date, datetime

from apps.core.errors import LaurelError


class TiersError(LaurelError):
    """Base of every refusal of tiers."""


class UnknownProgramme(TiersError):
    """No programme has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoDraft(TiersError):
    """The programme has no draft to publish."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DraftChanged(TiersError):
    """The draft is no longer the one that was seen."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StartsTooEarly(TiersError):
    """A version can't apply before what was decided already; ``earliest`` is the first instant it may."""

    def __init__(self, starts_at: datetime, earliest: datetime) -> None:
        super().__init__(f"{starts_at} < {earliest}")
        self.starts_at, self.earliest = starts_at, earliest


class AssessmentTooEarly(TiersError):
    """The day has not begun, or the programme had not."""

    def __init__(self, as_of: date, bound: date) -> None:
        super().__init__(f"{as_of} / {bound}")
        self.as_of, self.bound = as_of, bound


class AssessedSince(TiersError):
    """A later day was assessed already; what was decided then stays."""

    def __init__(self, as_of: date, newest: date) -> None:
        super().__init__(f"{as_of} < {newest}")
        self.as_of, self.newest = as_of, newest


class AssessmentBusy(TiersError):
    """Another assessment of the programme is under way."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id}")
        self.run_id = run_id


class AssessmentEnded(TiersError):
    """The run is not waiting to be started."""

    def __init__(self, run_id: int, state: str) -> None:
        super().__init__(f"run {run_id} is {state}")
        self.run_id, self.state = run_id, state


class AssessmentDiffers(TiersError):
    """A chunk came to something else than planned, and nothing that happened since explains it."""

    def __init__(self, planned: dict, found: dict) -> None:
        super().__init__(f"planned {planned}, found {found}")
        self.planned, self.found = planned, found


class PastPending(TiersError):
    """Growth of the programme's past is still being booked."""

    def __init__(self, programme: str) -> None:
        super().__init__(programme)
        self.programme = programme


class Disturbed(TiersError):
    """Members moved while they were being judged: to be judged again."""


class UnknownLevel(TiersError):
    """The programme has no such level now."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EndsTooEarly(TiersError):
    """An entitlement must end after it begins."""

    def __init__(self, until: datetime, since: datetime) -> None:
        super().__init__(f"{until} <= {since}")
        self.until, self.since = until, since


class EntitlementEnded(TiersError):
    """The entitlement has ended before."""

    def __init__(self, entitlement_id: int) -> None:
        super().__init__(f"entitlement {entitlement_id}")
        self.entitlement_id = entitlement_id
