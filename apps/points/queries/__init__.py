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
from apps.points.queries.extensions import extensions_under_way, moved_by_others, still_there
from apps.points.queries.forecast import Forecast, Month, expiry_months, forecast
from apps.points.queries.kept_books import from_json as book_from_json
from apps.points.queries.kept_books import to_json as book_to_json
from apps.points.queries.liability import Book
from apps.points.queries.liability import book as liability_book
from apps.points.queries.months import MonthEntries, month_entries
from apps.points.queries.overview import STATES, RuleRow, VersionRow, rule_row, rules_by_kind, version_without
from apps.points.queries.reading import counting
from apps.points.queries.reasons import declines, entry_with_reasons, rules_wording
from apps.points.queries.reminders import Reminded, last_account, reminded
from apps.points.queries.statements import Sheet, sheet, sheet_entries
from apps.points.queries.undoing import AWARD_LIST, Takeable, entries_of, takeable
from apps.points.queries.unmet import idle_limits, outdone, policies_not_live, unmet
from apps.points.queries.valuing import unit_cost, worth_fen

__all__ = [
    "AWARD_LIST",
    "NOBODY_SPECIAL",
    "STATES",
    "Book",
    "Forecast",
    "Month",
    "MonthEntries",
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
    "counting",
    "daily_limit",
    "declines",
    "entries_of",
    "entry_with_reasons",
    "expiry_months",
    "extensions_under_way",
    "forecast",
    "idle_limits",
    "known_rulebook",
    "last_account",
    "late",
    "liability_book",
    "lists_for",
    "live_page",
    "live_rules",
    "live_spec",
    "month_entries",
    "moved_by_hand",
    "moved_by_others",
    "newest_run",
    "open_lists",
    "open_undoings",
    "outdone",
    "planned_lots",
    "policies_not_live",
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
    "still_there",
    "takeable",
    "unit_cost",
    "unmet",
    "version_without",
    "worth_fen",
]
