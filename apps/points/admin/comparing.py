"""Two versions of a rule side by side, and going back to an earlier one."""

from typing import Any

from django.http import Http404, HttpRequest

from apps.points import queries, sentences
from apps.points.admin.words import STATES
from apps.points.forms import WORDING_FORMS, CompareForm


def comparison(request: HttpRequest, row: queries.RuleRow) -> dict[str, Any]:
    """What the page of a comparison shows: by default the newest version beside the one before it."""
    newest = row.versions[0].version.number
    asked = {"old": max(newest - 1, 1), "new": newest} | request.GET.dict()
    form = CompareForm(asked, numbers=[each.version.number for each in row.versions])
    if not form.is_valid():
        raise Http404
    old, new = (_version(row, form.cleaned_data[side]) for side in ("old", "new"))
    fields = WORDING_FORMS[row.rule.kind].base_fields
    differing = sentences.changes(old.spec, new.spec)
    return {
        "rule": row.rule,
        "form": form,
        "sides": [_side(old), _side(new)],
        "changes": [
            {"label": fields[each.field].label, "was": each.was, "now": each.now} for each in differing
        ],
        "same": len(fields) - len(differing),
    }


def _version(row: queries.RuleRow, number: int) -> queries.VersionRow:
    return next(each for each in row.versions if each.version.number == number)


def _side(row: queries.VersionRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "state": row.state,
        "state_text": STATES[row.state],
        "sentence": sentences.sentence(row.spec),
    }
