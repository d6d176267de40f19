"""Why a line of the statement is what it is, in sentences: what gave or took, which points were touched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.core.money import format_money
from apps.ledger.models import Allocation, Decline, Entry, EntryKind, Reversal
from apps.points.sentences.awards import award_sentences, reason_sentence


@dataclass(frozen=True)
class Answer:
    """``sentences`` say why, ``lots`` which points were touched."""

    sentences: tuple[str, ...]
    lots: tuple[str, ...] = ()


def answer_for(entry: Entry) -> Answer:
    """Why an entry was posted and which points it moved."""
    return Answer(tuple(TELLERS[entry.kind](entry)), tuple(_lots(entry)))


def answer_for_decline(decline: Decline) -> Answer:
    """Why an award did not happen."""
    told = decline.explanation
    sentences = [reason_sentence(decline.reason, told)]
    if "amount_fen" in told:
        sentences.insert(0, _("%(amount)s was paid in money.") % {"amount": format_money(told["amount_fen"])})
    sentences += [sentence for sentence in award_sentences(told) if sentence not in sentences]
    return Answer(tuple(sentences))


def _award(entry: Entry) -> Iterator[str]:
    told = entry.explanation
    if "amount_fen" in told:
        yield _("%(amount)s was paid in money.") % {"amount": format_money(told["amount_fen"])}
    yield from award_sentences(told)


def _spend(entry: Entry) -> Iterator[str]:
    told = entry.explanation
    facts = {"points": f"{-entry.amount:,}"}
    if "discount_fen" in told and "amount_fen" in told:
        facts |= {"discount": format_money(told["discount_fen"]), "amount": format_money(told["amount_fen"])}
        yield _("%(points)s points paid %(discount)s of a bill of %(amount)s.") % facts
    else:
        yield _("%(points)s points were spent.") % facts


def _reverse(entry: Entry) -> Iterator[str]:
    original = entry.reverses
    if original is not None:
        yield _("Takes back “%(kind)s” of %(time)s (%(amount)s points).") % {
            "kind": original.get_kind_display(),
            "time": _minute(original.at),
            "amount": f"{original.amount:+,}",
        }
    if "refund_of" in entry.explanation:
        yield _("Reason: refund of the sale with receipt number %(sale)s.") % {
            "sale": entry.explanation["refund_of"]
        }
    reversal = getattr(entry, "reversal", None)
    if reversal is not None:
        yield from _met(reversal)


def _met(reversal: Reversal) -> Iterator[str]:
    """How a reversal was met, where it was not simply moved."""
    for amount, words in (
        (reversal.lapsed, _("%(points)s of them had expired before.")),
        (reversal.owed, _("%(points)s were spent already; they are owed and the next points settle them.")),
        (reversal.waived, _("%(points)s were spent already and are not asked back.")),
    ):
        if amount:
            yield words % {"points": f"{amount:,}"}


def _expire(entry: Entry) -> Iterator[str]:
    yield _("%(points)s points were not used by their last day.") % {"points": f"{-entry.amount:,}"}


def _adjust(entry: Entry) -> Iterator[str]:
    reason = entry.explanation.get("reason", "")
    yield (
        _("Adjusted by the back office: %(reason)s") % {"reason": reason}
        if reason
        else _("Adjusted by the back office.")
    )


def _settle(entry: Entry) -> Iterator[str]:
    yield _("Points that came in settled points that were owed; the balance stays the same.")


def _extend(entry: Entry) -> Iterator[str]:
    told = entry.explanation
    if told.get("is_undo"):
        yield _("An extension of points was undone: %(reason)s") % {"reason": told["reason"]}
    elif told.get("reason"):
        yield _("The back office extended points: %(reason)s") % {"reason": told["reason"]}
    for moved in entry.extensions.all():
        facts = {"was": f"{moved.was:%Y-%m-%d}", "now": f"{moved.now:%Y-%m-%d}"}
        yield _("Points valid through %(was)s are now valid through %(now)s.") % facts


TELLERS: dict[str, Callable[[Entry], Iterator[str]]] = {
    EntryKind.AWARD: _award,
    EntryKind.SPEND: _spend,
    EntryKind.REVERSE: _reverse,
    EntryKind.EXPIRE: _expire,
    EntryKind.ADJUST: _adjust,
    EntryKind.SETTLE: _settle,
    EntryKind.EXTEND: _extend,
}


def _lots(entry: Entry) -> Iterator[str]:
    for lot in entry.lots.all():
        facts = {
            "granted": f"{lot.granted:,}",
            "left": f"{lot.remaining:,}",
            "validity": _validity(lot.expires_on),
        }
        yield _("+%(granted)s points, %(validity)s; %(left)s of them are left today.") % facts
    for part in sorted(entry.allocations.all(), key=_spending_order):
        facts = {"validity": _validity(part.lot.expires_on), "day": _day(part.lot.entry.at)}
        if part.amount > 0:
            facts["points"] = f"{part.amount:,}"
            yield _("−%(points)s of the points of %(day)s, %(validity)s.") % facts
        else:
            facts["points"] = f"{-part.amount:,}"
            yield _("+%(points)s back to the points of %(day)s, %(validity)s.") % facts
    for moved in entry.extensions.all():
        yield _("Now %(now)s instead of %(was)s.") % {
            "now": _validity(moved.now),
            "was": _validity(moved.was),
        }


def _spending_order(part: Allocation) -> tuple[bool, date, int]:
    """Soonest-expiring first, those without an end last."""
    day = part.lot.expires_on
    return day is None, day or date.max, part.lot_id


def _validity(day: date | None) -> str:
    return _("valid through %(day)s") % {"day": day.isoformat()} if day else _("without an end")


def _minute(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def _day(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d}"
