"""The only writers of rules, cap use and clearing runs.

*Draft*: a wording nobody earns by yet; a rule has at most one. *Publish*: the draft becomes the rule's
next version with a start; from then on the database refuses to change it. *Award*: what a batch of
baskets earns (value itself is written by the ledger). *Run*: one clearing of a day, planned first,
then done in chunks that equal the plan or stop.
"""

from apps.points.services.awarding import Award, CapRelease, Earner, plan_awards, release_caps
from apps.points.services.publishing import (
    Draft,
    discard_draft,
    draft_rule,
    edit_draft,
    end_rule,
    publish_version,
)

__all__ = [
    "Award",
    "CapRelease",
    "Draft",
    "Earner",
    "discard_draft",
    "draft_rule",
    "edit_draft",
    "end_rule",
    "plan_awards",
    "publish_version",
    "release_caps",
]
