"""How long the counter and the back office wait: every way to find a member, and the members' pages.

Times are of the server alone, each taken on other members, in milliseconds.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median
from time import perf_counter

from django.test import Client
from django.urls import reverse

from apps.core import sealing
from apps.members import queries, rules
from apps.members import services as members
from apps.members.models import Member
from apps.stores import sessions
from apps.stores.models import Staff, Store

LOOKUP_GOAL, PAGE_GOAL, LIST_GOAL = 50, 150, 300
Act = Callable[[Member], object]


@dataclass(frozen=True)
class Timing:
    """``goal`` is the most milliseconds the median may take."""

    name: str
    goal: int
    median: float
    p95: float
    worst: float
    runs: int


def time_lookups(staff: Staff, store: Store, *, runs: int, at: datetime, seed: int = 1) -> Iterator[Timing]:
    """Every way to find a member, as this staff member at this store."""

    def find(text: str) -> object:
        return members.find(staff, text, store, at=at)

    here = _sample(Member.objects.filter(storelink__store=store), runs, seed)
    anywhere = _sample(Member.objects.filter(identities__isnull=False), runs, seed)
    yield _timed("phone", LOOKUP_GOAL, here, lambda member: find(_phone(member)))
    yield _timed("phone, first time here", LOOKUP_GOAL, anywhere, lambda member: find(_phone(member)))
    yield _timed("unknown phone", LOOKUP_GOAL, here, lambda member: find(f"+86190{member.pk:08d}"))
    yield _timed("member number", LOOKUP_GOAL, here, lambda member: find(member.number))
    yield _timed("QR code", LOOKUP_GOAL, here, lambda member: find(member.qr_payload))
    yield _timed("last four + surname", LOOKUP_GOAL, here, lambda member: find(_tail(member)))
    yield _timed("last four alone", LOOKUP_GOAL, here, lambda member: find(member.phone_last4))
    yield _timed("channel identity", LOOKUP_GOAL, anywhere, lambda member: find(_openid(member)))
    yield _timed("open by number", LOOKUP_GOAL, here, lambda m: queries.access_member(staff, m.number))


def time_pages(staff: Staff, *, runs: int, seed: int = 1) -> Iterator[Timing]:
    """The members' list under several queries, and a member's page, through the whole of Django."""
    client = Client(headers={"host": "localhost"})
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[sessions.FACTOR] = True
    session.save()
    sample = _sample(queries.members_for(staff), runs, seed)
    members_list = reverse("admin:members_member_changelist")
    for name, query in _list_queries(sample[0]):
        yield _timed(
            f"list: {name}", LIST_GOAL, sample, lambda _, query=query: _get(client, members_list, query)
        )
    page = "admin:members_member_change"
    yield _timed(
        "member page", PAGE_GOAL, sample, lambda member: _get(client, reverse(page, args=[member.pk]))
    )


def _list_queries(member: Member) -> Iterable[tuple[str, dict[str, str]]]:
    day = str(member.joined_at.date())
    return (
        ("no query", {}),
        ("name", {"name": rules.surname_of(member.name)}),
        ("phone", {"phone": _phone(member)}),
        ("store", {"store": member.home_store.code}),
        ("channel", {"channel": str(member.channel_id)}),
        ("frozen", {"status": "frozen"}),
        (
            "joined that day",
            {"joined_from": day, "joined_to": day},
        ),
    )


def _get(client: Client, address: str, query: dict[str, str] | None = None) -> None:
    response = client.get(address, query)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _sample(rows: Iterable[Member], runs: int, seed: int) -> list[Member]:
    found = list(rows.prefetch_related("identities")[: runs * 20])
    return random.Random(seed).sample(found, min(runs, len(found)))


def _timed(name: str, goal: int, sample: list[Member], act: Act) -> Timing:
    act(sample[0])
    found = []
    for member in sample:
        started = perf_counter()
        act(member)
        found.append((perf_counter() - started) * 1000)
    found.sort()
    return Timing(name, goal, median(found), found[ceil(0.95 * len(found)) - 1], found[-1], len(found))


def _phone(member: Member) -> str:
    return sealing.unseal(member.phone_sealed)


def _tail(member: Member) -> str:
    return f"{member.phone_last4} {rules.surname_of(member.name)}"


def _openid(member: Member) -> str:
    return member.identities.all()[0].external_id
