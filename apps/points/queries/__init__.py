"""Reading rules, members' contexts, and what is due for clearing."""

from apps.points.queries.books import live_page, live_rules, live_spec, rulebook, rules_of
from apps.points.queries.contexts import caps_used, contexts

__all__ = [
    "caps_used",
    "contexts",
    "live_page",
    "live_rules",
    "live_spec",
    "rulebook",
    "rules_of",
]
