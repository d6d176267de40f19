"""What upper apps offer for a version of a rule: a link on the rule's page, by kind of rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.core.registry import Registry, visible


@dataclass(frozen=True)
class VersionLink:
    """A page that takes a version's primary key; shown to those who hold ``permission``."""

    code: str
    title: Any
    url_name: str
    permission: str
    kinds: tuple[str, ...]
    order: int = 100


version_links: Registry[VersionLink] = Registry()


def links_to(version_id: int, kind: str, staff: Any) -> Iterable[tuple[Any, str]]:
    """(title, address) of what is offered for a version."""
    return [
        (link.title, reverse(link.url_name, args=[version_id]))
        for link in visible(version_links, staff)
        if kind in link.kinds
    ]
