"""The only writers of programmes and standings.

*Apply* a file: draft and publish a programme. *Backfill*: book the growth of what was done before. *Grow* and
*take back*: growth with the activity that gives it. *Assess*: judge everybody as of a day, planned,
approved, in chunks. A *move* writes how a member stands; history is kept as spells.
"""

from apps.tiers.services.assessing import (
    ASSESS,
    ASSESSOR,
    finish_assessment,
    hold_plan,
    plan_assessment,
    run_assessment_chunk,
    start_assessment,
)
from apps.tiers.services.backfilling import finish_backfill, run_backfill_chunk
from apps.tiers.services.entitling import Pin, end_entitlement, entitle, settle_entitlements
from apps.tiers.services.falling import settle_falls
from apps.tiers.services.growing import grow, grows, take_back
from apps.tiers.services.joining import join_programmes
from apps.tiers.services.programmes import (
    PUBLISH,
    Applied,
    apply_programme,
    discard_draft,
    draft_programme,
    publish_programme,
)

__all__ = [
    "ASSESS",
    "ASSESSOR",
    "PUBLISH",
    "Applied",
    "Pin",
    "apply_programme",
    "discard_draft",
    "draft_programme",
    "end_entitlement",
    "entitle",
    "finish_assessment",
    "finish_backfill",
    "grow",
    "grows",
    "hold_plan",
    "join_programmes",
    "plan_assessment",
    "publish_programme",
    "run_assessment_chunk",
    "run_backfill_chunk",
    "settle_entitlements",
    "settle_falls",
    "start_assessment",
    "take_back",
]
