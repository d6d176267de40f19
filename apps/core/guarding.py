"""Guarded acts ask again who is there. The app that signs people in says how."""

from collections.abc import Callable

from django.http import HttpRequest

_askers: list[Callable[[HttpRequest], None]] = []


def ask_by(asker: Callable[[HttpRequest], None]) -> None:
    """Say how a reader is asked; it raises what leads there."""
    if asker not in _askers:
        _askers.append(asker)


def ask_again(request: HttpRequest) -> None:
    """Ask who is there unless the reader has shown it lately."""
    for ask in _askers:
        ask(request)
