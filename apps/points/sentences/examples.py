"""An example worked with a wording's own values: the same functions the till uses, on a usual bill."""

from datetime import date

from django.utils.translation import gettext as _

from apps.points import rules
from apps.points.rules.amounts import base_points
from apps.points.rules.earning import FULL, rounded
from apps.points.sentences.words import number, times, yuan

USUAL_BILL_FEN = 12850
USUAL_BASE_POINTS = 128


def example(spec: rules.Spec, *, day: date) -> str:
    """What the wording does, in figures; ``day`` is the day of earning in the example."""
    return EXAMPLES[spec.kind](spec, day)


def _earning(spec: rules.EarningSpec, day: date) -> str:
    if spec.effect == "multiply":
        extra = rounded(USUAL_BASE_POINTS * (spec.multiplier - FULL), FULL, spec.rounding)
        steps = f"{USUAL_BASE_POINTS} × {times(spec.multiplier)} = {number(USUAL_BASE_POINTS + extra)}"
        given = _("Base points %(base)s → %(steps)s points") % {"base": USUAL_BASE_POINTS, "steps": steps}
        return given + _cut(spec, extra)
    bill = max(USUAL_BILL_FEN, spec.min_amount_fen)
    points = base_points(spec, bill)
    before = rounded(bill * spec.points, spec.unit_fen, spec.rounding)
    if spec.basis != "per_unit":
        before = spec.points
    steps = number(points)
    if spec.multiplier != FULL:
        steps = f"{number(before)} × {times(spec.multiplier)} = {steps}"
    if spec.basis == "per_activity":
        return _("One activity → %(steps)s points") % {"steps": steps} + _cut(spec, points)
    return _("Paying %(bill)s → %(steps)s points") % {"bill": yuan(bill), "steps": steps} + _cut(spec, points)


def _cut(spec: rules.EarningSpec, points: int) -> str:
    caps = (spec.cap_purchase, spec.cap_day, spec.cap_month, spec.cap_life)
    most = min((cap for cap in caps if cap is not None), default=points)
    if most >= points:
        return ""
    return _(", cut to %(points)s by the cap") % {"points": number(most)}


def _clearing(spec: rules.ClearingSpec, day: date) -> str:
    last = rules.expiry_for(spec, day)
    if last is None:
        return _("Earned on %(day)s → never cleared") % {"day": day.isoformat()}
    told = _("Earned on %(day)s → valid through %(last)s")
    return told % {"day": day.isoformat(), "last": last.isoformat()}


def _spending(spec: rules.SpendingSpec, day: date) -> str:
    most = rules.max_points(spec, USUAL_BILL_FEN, 10**9)
    if not most:
        return _("On a bill of %(bill)s no points can be used") % {"bill": yuan(USUAL_BILL_FEN)}
    off = rules.discount_for(spec, most)
    told = _("On a bill of %(bill)s up to %(points)s points, %(off)s off, %(left)s to pay")
    facts = {"points": number(most), "off": yuan(off), "left": yuan(USUAL_BILL_FEN - off)}
    return told % {"bill": yuan(USUAL_BILL_FEN), **facts}


def _refund(spec: rules.RefundSpec, day: date) -> str:
    told = {
        "owe": _("128 points to take back, 100 left → 100 taken, 28 owed"),
        "waive": _("128 points to take back, 100 left → 100 taken, 28 waived"),
        "cash": _("128 points to take back, 100 left → 100 taken, the value of 28 deducted in money"),
    }
    return told[spec.shortfall]


EXAMPLES = {"earning": _earning, "clearing": _clearing, "spending": _spending, "refund": _refund}
