"""The list of rules: asked by name, kind and state, each rule with what is going on."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from apps.core import clock
from apps.points import queries
from apps.points.admin.words import STATES
from apps.points.forms import RuleQuery
from apps.points.links import links_to


def found(request: HttpRequest, told: Callable[[queries.RuleRow], dict[str, Any]]) -> dict[str, Any]:
    """The query form, how many rules are in each state, and the rules that fit, kind by kind."""
    form = RuleQuery(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    groups = queries.rules_by_kind(clock.now())
    rows = [row for _kind, each in groups for row in each]
    kinds = [
        {"kind": kind, "rows": [_listed(row, told, request) for row in each if _fits(row, asked)]}
        for kind, each in groups
        if asked.get("kind") in ("", None, kind)
    ]
    is_asked = any(asked.values())
    return {
        "form": form,
        "counts": _counts(request, rows),
        "kinds": [group for group in kinds if group["rows"] or not is_asked],
        "is_asked": is_asked,
    }


def _fits(row: queries.RuleRow, asked: dict[str, Any]) -> bool:
    text, state = asked.get("q", "").casefold(), asked.get("state", "")
    if text and text not in row.rule.name.casefold() and text not in row.rule.code.casefold():
        return False
    return not state or any(each.state == state for each in row.states)


def _counts(request: HttpRequest, rows: list[queries.RuleRow]) -> list[dict[str, Any]]:
    """A rule that is live and drafted anew counts in both; the chips keep the rest of the query."""
    in_state = Counter(state for row in rows for state in {each.state for each in row.states})
    kept = request.GET.copy()
    chips = []
    for state in ("", *queries.STATES):
        kept["state"] = state
        chips.append(
            {
                "state": state,
                "title": STATES[state] if state else "",
                "count": in_state[state] if state else len(rows),
                "url": f"?{kept.urlencode()}",
                "is_chosen": request.GET.get("state", "") == state,
            }
        )
    return chips


def _listed(
    row: queries.RuleRow, told: Callable[[queries.RuleRow], dict[str, Any]], request: HttpRequest
) -> dict[str, Any]:
    candidate = row.draft or row.shown
    newest = next((each.version for each in row.versions if each.version.published_at), None)
    return {
        **told(row),
        "links": links_to(candidate.version.pk, row.rule.kind, request.user),
        "published": newest,
        "versions": len(row.versions),
    }
