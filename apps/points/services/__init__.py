"""The only writers of rules, cap use and clearing runs.

*Draft*: a wording nobody earns by yet; a rule has at most one. *Publish*: the draft becomes the rule's
next version with a start; from then on the database refuses to change it. *Award*: what a batch of
baskets earns (value itself is written by the ledger). *Run*: one clearing of a day, planned first,
then done in chunks that equal the plan or stop.
"""

from apps.points.services.adjusting import (
    MOST_MB,
    Wish,
    adjust,
    attach,
    check_limit,
    hold_limit,
    open_reason,
    set_limit,
    set_reason,
)
from apps.points.services.awarding import Award, CapRelease, Earner, foresee_awards, plan_awards, release_caps
from apps.points.services.awarding_lists import SUBJECT as LIST
from apps.points.services.awarding_lists import ListRow, award_chunk, hold_list, keep_list, start_list
from apps.points.services.bookkeeping import SUBJECT as MONTH
from apps.points.services.bookkeeping import close_month, keep_books
from apps.points.services.clearing import (
    CLEAR,
    CLEARER,
    ChunkDone,
    finish_clearing,
    hold_plan,
    run_chunk,
    start_clearing,
)
from apps.points.services.counting import count_step, recount
from apps.points.services.extending import (
    EXTEND,
    RESTORE,
    RESTORING,
    Criteria,
    check_list,
    hold_extension,
    plan_extension,
    run_extension_chunk,
    start_extension,
    undo_extension,
)
from apps.points.services.extending import SUBJECT as EXTENSION
from apps.points.services.planning import plan_clearing
from apps.points.services.publishing import (
    Draft,
    discard_draft,
    draft_rule,
    edit_draft,
    end_rule,
    end_version,
    open_versions,
    publish_version,
    reopen_version,
)
from apps.points.services.reminding import plan_reminders
from apps.points.services.undoing import SUBJECT as UNDO
from apps.points.services.undoing import check_undo, start_undo, undo_chunk
from apps.points.services.valuing import set_unit_cost

__all__ = [
    "CLEAR",
    "CLEARER",
    "EXTEND",
    "EXTENSION",
    "LIST",
    "MONTH",
    "MOST_MB",
    "RESTORE",
    "RESTORING",
    "UNDO",
    "Award",
    "CapRelease",
    "ChunkDone",
    "Criteria",
    "Draft",
    "Earner",
    "ListRow",
    "Wish",
    "adjust",
    "attach",
    "award_chunk",
    "check_limit",
    "check_list",
    "check_undo",
    "close_month",
    "count_step",
    "discard_draft",
    "draft_rule",
    "edit_draft",
    "end_rule",
    "end_version",
    "finish_clearing",
    "foresee_awards",
    "hold_extension",
    "hold_limit",
    "hold_list",
    "hold_plan",
    "keep_books",
    "keep_list",
    "open_reason",
    "open_versions",
    "plan_awards",
    "plan_clearing",
    "plan_extension",
    "plan_reminders",
    "publish_version",
    "recount",
    "release_caps",
    "reopen_version",
    "run_chunk",
    "run_extension_chunk",
    "set_limit",
    "set_reason",
    "set_unit_cost",
    "start_clearing",
    "start_extension",
    "start_list",
    "start_undo",
    "undo_chunk",
    "undo_extension",
]
