"""Moving the bar of an act. That is itself an act under four eyes: see ``core.acts``."""

from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.approvals import queries
from apps.core.approvals.models import ApprovalThreshold
from apps.core.approvals.plans import Bar
from apps.core.approvals.registry import acts
from apps.core.audit import Actor


@transaction.atomic
def set_threshold(*, act: str, bar: Bar, actor: Actor, at: datetime) -> ApprovalThreshold:
    """Say above which size an act needs a second person from now on; waiting requests keep theirs."""
    before = queries.bar_of(acts.get(act))
    row, _created = ApprovalThreshold.objects.update_or_create(act=act, defaults=bar.to_json())
    data = {"approval_act": act, "was": before.to_json(), "bar": bar.to_json()}
    audit.record("approvals.set_threshold", actor=actor, subject=("threshold", act), at=at, data=data)
    return row
