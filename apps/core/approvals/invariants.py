"""What must never break at the approval desk."""

from django.utils.translation import gettext_lazy as _

from apps.core import invariants

_OVER = " OR ".join(
    f"(plan->'measure'->>'{name}')::bigint > (bar->>'{name}')::bigint"
    for name in ("count", "points", "money_fen")
)
A1 = f"""
  SELECT id AS request_id, act, state, basis, asked_by_id, decided_by_id FROM core_approvalrequest
   WHERE decided_by_id = asked_by_id
      OR (basis = '') = (state IN ('running', 'done', 'stopped', 'undone'))
      OR (basis = 'second' AND (decided_by_id IS NULL OR decided_at >= expires_at))
      OR (basis = 'below' AND (bar->>'mode' = 'always' OR (bar->>'mode' = 'above' AND ({_OVER}))))
      OR (basis IN ('standing', 'shell') AND asked_by_id IS NOT NULL)"""

K6 = """
  SELECT id AS request_id, act, plan->'measure' AS planned, result->'done' AS done FROM core_approvalrequest
   WHERE state IN ('done', 'undone') AND result ? 'done'
     AND NOT plan->'measure' @> (result->'done')"""


def register() -> None:
    invariants.register("A1", _("Nobody approves his own request, nothing runs unapproved"), A1)
    invariants.register("K6 approved", _("What was done equals the plan that was approved"), K6)
