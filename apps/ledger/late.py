"""Which entries may tell of a closed month: kinds of source keys (``kind:…``), named by their writers."""

KINDS: set[str] = set()


def takes_late(*kinds: str) -> None:
    """Entries with these source keys are entered at the first open instant when their own is closed."""
    KINDS.update(kinds)
