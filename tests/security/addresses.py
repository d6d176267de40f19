"""Every address of the product, from the URL resolver, with sample arguments filled in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

from tests.security.shop import SAMPLES, Shop

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
CHOICE = re.compile(r"\^?\(\?P<\w+>([\w|]+)\)")
REST = re.compile(r"\(\?P<(\w+)>\.\*\)")
NO_SAMPLE = (
    "The address {route} has an argument {name} nobody knows a value for: add a line to SAMPLES in "
    "tests/security/shop.py (for a page of the back office under its model, “app.model”)."
)


@dataclass(frozen=True)
class Address:
    """A route, whose object is asked for ("" where it isn't one store's), and the path."""

    route: str
    side: str
    path: str

    @property
    def key(self) -> str:
        return f"{self.route} [{self.side}]" if self.side else self.route


def routes() -> list[str]:
    """All routes as the resolver words them, each once, sorted."""
    return sorted({plain for route in _walk(get_resolver()) for plain in _plain(route)})


def addresses(shop: Shop) -> list[Address]:
    """Each route with each side's arguments. Raises LookupError for an argument without a sample."""
    found = {name: sample(shop) for name, sample in SAMPLES.items()}
    return [address for route in routes() for address in _filled(route, found)]


def _walk(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield route


def _plain(route: str) -> list[str]:
    """A regular expression in the same words as a path; one route per alternative it spells out."""
    choice = CHOICE.search(route)
    options = choice[1].split("|") if choice else [""]
    plain = [route.replace(choice[0], option) if choice else route for option in options]
    return [REST.sub(r"<\1>", one).rstrip("$") for one in plain]


def _filled(route: str, found: dict[str, dict[str, Any]]) -> Iterator[Address]:
    names = ARGUMENT.findall(route)
    values = {name: found.get(_sample_name(route, name)) for name in names}
    for name, known in values.items():
        if known is None:
            raise LookupError(NO_SAMPLE.format(route=route, name=name))
    sides = {side: None for known in values.values() for side in known} or {"": None}
    for side in [one for one in sides if one or len(sides) == 1]:
        parts = {name: known.get(side, known.get("")) for name, known in values.items()}
        yield Address(route, side, "/" + ARGUMENT.sub(lambda match, parts=parts: str(parts[match[1]]), route))


def _sample_name(route: str, argument: str) -> str:
    parts = route.split("/")
    if parts[0] == "admin" and argument in ("object_id", "pk") and "<" not in parts[1] + parts[2]:
        return f"{parts[1]}.{parts[2]}"
    return argument
