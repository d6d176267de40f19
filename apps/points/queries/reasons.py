"""Everything that explains one movement of points, or one award that did not happen."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from apps.ledger import queries as ledger
from apps.ledger.models import Decline, Entry
from apps.points import rules
from apps.points.models import RuleVersion


def entry_with_reasons(member_id: int, entry_id: int) -> Entry | None:
    """One entry of the member's points, with all that explains it."""
    entries = ledger.statement(member_id).select_related("reverses", "reversal")
    return entries.prefetch_related("allocations__lot__entry").filter(pk=entry_id).first()


def declines(member_id: int) -> QuerySet[Decline]:
    """A member's awards of points that did not happen."""
    return Decline.objects.filter(member_id=member_id, asset__code="points")


def rules_wording(explanation: Mapping[str, Any]) -> dict[int, rules.Spec]:
    """The wordings of the rule versions an explanation says gave points, by version id, in one query."""
    ids = [part["version_id"] for part in explanation.get("parts", ())]
    found = RuleVersion.objects.filter(pk__in=ids).select_related("rule") if ids else ()
    return {version.pk: rules.from_json(version.rule.kind, version.definition) for version in found}
