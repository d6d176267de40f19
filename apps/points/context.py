"""What upper apps know about members that earning conditions may ask: a registry of providers.

An app that knows a fact (``tier``, …) registers in ``AppConfig.ready()``; its provider is called once per
batch with all members and answers {member id: value}, or a tuple of values of which any may be asked for. A
member it leaves out has no such fact.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

Provider = Callable[[Collection[int], datetime], Mapping[int, object]]
PROVIDERS: dict[str, Provider] = {}


def provide(name: str, provider: Provider) -> None:
    """Register the provider of the fact ``name``. Raises ValueError when another one has it."""
    if PROVIDERS.setdefault(name, provider) is not provider:
        raise ValueError(f"provided twice: {name}")


def facts_of(member_ids: Collection[int], at: datetime) -> dict[int, dict[str, object]]:
    """All facts of these members, one call per provider."""
    known: dict[int, dict[str, object]] = {member_id: {} for member_id in member_ids}
    for name, provider in PROVIDERS.items():
        for member_id, value in provider(member_ids, at).items():
            known[member_id][name] = value
    return known
