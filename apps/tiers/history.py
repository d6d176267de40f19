"""What members did, as the app above knows it: a registry of one reader.

Growth is given for activities, which are told from above; this app asks for those of the past when a
programme is published after them, and when a source counts what was done earlier in a period.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.tiers.rules import Deed


class Reader(Protocol):
    """Reads activities that counted (not those of members who were not active), with their refunds."""

    def ranges(self) -> Sequence[tuple[int, int, int]]:
        """All members who did something, as ranges (first, last, activities) of about equal work."""

    def of_range(self, first: int, last: int, *, with_lines: bool) -> Mapping[int, list[Deed]]:
        """Everything the members of a range did, in the order it occurred."""

    def of_members(
        self, member_ids: Collection[int], since: datetime, *, with_lines: bool
    ) -> Mapping[int, list[Deed]]:
        """What these members did from an instant on, in the order it occurred."""


@dataclass
class _Told:
    reader: Reader | None = None


_told = _Told()


def provide(reader: Reader) -> None:
    """Register who reads activities."""
    _told.reader = reader


def reader() -> Reader:
    """Who reads activities. Raises LookupError when nobody does."""
    if _told.reader is None:
        raise LookupError("nobody reads activities")
    return _told.reader
