"""What points refuse, with the facts."""

from datetime import date

from apps.core.errors import LaurelError


class PointsError(LaurelError):
    """Base of every refusal of points."""


class CodeTaken(PointsError):
    """Another rule has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WordingWrong(PointsError):
    """A wording cannot be kept or published; ``problems`` are (field, code) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in problems))
        self.problems = problems


class NoDraft(PointsError):
    """The rule has no draft to edit, publish or discard."""

    def __init__(self, rule_id: int) -> None:
        super().__init__(f"rule {rule_id}")
        self.rule_id = rule_id


class DraftInTheWay(PointsError):
    """The rule has a draft with another wording, which going back would overwrite."""

    def __init__(self, rule_id: int, number: int) -> None:
        super().__init__(f"rule {rule_id} has draft {number}")
        self.rule_id, self.number = rule_id, number


class DraftChanged(PointsError):
    """The draft was worded anew since it was looked at."""

    def __init__(self, rule_id: int) -> None:
        super().__init__(f"rule {rule_id}")
        self.rule_id = rule_id


class NothingToEnd(PointsError):
    """The rule has no published version that is still open."""

    def __init__(self, rule_id: int) -> None:
        super().__init__(f"rule {rule_id}")
        self.rule_id = rule_id


class StartsInThePast(PointsError):
    """A version can't start, nor a rule end, before now: what was decided stays decided."""

    def __init__(self, starts_at: object, now: object) -> None:
        super().__init__(f"{starts_at} is before {now}")
        self.starts_at, self.now = starts_at, now


class NothingToExtend(PointsError):
    """No lot fits the criteria, or all of them are valid for longer."""


class TooWide(PointsError):
    """Extending asks for a member, a month, a store or a tag."""


class ExtensionEnded(PointsError):
    """The extension can't be started or undone in this state."""

    def __init__(self, run_id: int, state: str) -> None:
        super().__init__(f"extension {run_id} is {state}")
        self.run_id, self.state = run_id, state


class ExtensionDiffers(PointsError):
    """Lots of an extension's list have another last day than listed: somebody else moved it."""

    def __init__(self, lots: int) -> None:
        super().__init__(f"the last day of {lots} listed lots was moved by somebody else")
        self.lots = lots


class ClearingTooEarly(PointsError):
    """Points are cleared as of a day that has begun."""

    def __init__(self, as_of: date, today: date) -> None:
        super().__init__(f"{as_of} is after {today}")
        self.as_of, self.today = as_of, today


class ClearingBusy(PointsError):
    """Another run of this asset is under way."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id} is under way")
        self.run_id = run_id


class ClearingEnded(PointsError):
    """The run is done or stopped; a new one must be planned."""

    def __init__(self, run_id: int, state: str) -> None:
        super().__init__(f"run {run_id} is {state}")
        self.run_id, self.state = run_id, state


class ClearingDiffers(PointsError):
    """A chunk would clear ``due`` points where ``planned`` were, and no later entry explains it:
    by the entries known to the plan ``due_then`` were due."""

    def __init__(self, planned: int, due: int, due_then: int) -> None:
        super().__init__(f"planned {planned}, due {due}, due at the time of the plan {due_then}")
        self.planned, self.due, self.due_then = planned, due, due_then


class ReasonUnknown(PointsError):
    """No reason of that code may be chosen."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LimitReached(PointsError):
    """More points than one person may move by hand on one day: ``moved`` of ``limit`` were moved before."""

    def __init__(self, wanted: int, moved: int, limit: int) -> None:
        super().__init__(f"wanted {wanted}, moved {moved}, limit {limit}")
        self.wanted, self.moved, self.limit = wanted, moved, limit
        self.left = max(limit - moved, 0)


class BadAttachment(PointsError):
    """A paper must be a PDF, PNG or JPEG of at most ``most`` MB."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} MB")
        self.most = most


class ListEnded(PointsError):
    """The list has been asked for or awarded before."""

    def __init__(self, list_id: int) -> None:
        super().__init__(f"list {list_id}")
        self.list_id = list_id


class NotCounted(PointsError):
    """There is no count of the book yet and too much to count at once; ``percent`` of it is done."""

    def __init__(self, percent: int) -> None:
        super().__init__(f"{percent} %")
        self.percent = percent
