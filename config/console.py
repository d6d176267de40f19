"""What the house itself says goes to stderr: stdout belongs to the command that runs."""

import sys


def say(message: str) -> None:
    """One line to the operator, at once."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201
