"""Reading rules, members' contexts, and what is due for clearing."""

from apps.points.queries.books import (
    book_with,
    known_rulebook,
    live_page,
    live_rules,
    live_spec,
    rulebook,
    rules_of,
)
from apps.points.queries.by_hand import (
    adjustments_for,
    daily_limit,
    lists_for,
    moved_by_hand,
    open_lists,
    open_undoings,
)
from apps.points.queries.clearing import late, newest_run, planned_lots, progress, running, source_prefix
from apps.points.queries.contexts import NOBODY_SPECIAL, caps_used, contexts
from apps.points.queries.extensions import extensions_under_way
from apps.points.queries.forecast import Month, expiry_months
from apps.points.queries.kept_books import from_json as book_from_json
from apps.points.queries.kept_books import to_json as book_to_json
from apps.points.queries.liability import Book
from apps.points.queries.liability import book as liability_book
from apps.points.queries.overview import STATES, RuleRow, VersionRow, rule_row, rules_by_kind
from apps.points.queries.reasons import declines, entry_with_reasons, rules_wording
from apps.points.queries.reminders import Reminded, last_account, reminded
from apps.points.queries.statements import Sheet, sheet, sheet_entries
from apps.points.queries.undoing import AWARD_LIST, UNDOABLE, Takeable, entries_of, takeable
from apps.points.queries.valuing import unit_cost

__all__ = [
    "AWARD_LIST",
    "NOBODY_SPECIAL",
    "STATES",
    "UNDOABLE",
    "Book",
    "Month",
    "Reminded",
    "RuleRow",
    "Sheet",
    "Takeable",
    "VersionRow",
    "adjustments_for",
    "book_from_json",
    "book_to_json",
    "book_with",
    "caps_used",
    "contexts",
    "daily_limit",
    "declines",
    "entries_of",
    "entry_with_reasons",
    "expiry_months",
    "extensions_under_way",
    "known_rulebook",
    "last_account",
    "late",
    "liability_book",
    "lists_for",
    "live_page",
    "live_rules",
    "live_spec",
    "moved_by_hand",
    "newest_run",
    "open_lists",
    "open_undoings",
    "planned_lots",
    "progress",
    "reminded",
    "rule_row",
    "rulebook",
    "rules_by_kind",
    "rules_of",
    "rules_wording",
    "running",
    "sheet",
    "sheet_entries",
    "source_prefix",
    "takeable",
    "unit_cost",
]
