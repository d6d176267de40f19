"""What tills took in and paid out on a day, by store and means of payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from apps.stores.models import Staff
from apps.wallet.models import Means
from apps.wallet.queries.top_ups import refunds_for, top_ups_for


@dataclass(frozen=True, slots=True)
class TillLine:
    """One means of payment at one store on one day, in fen."""

    day: date
    store: str
    means: str
    top_ups: int
    in_fen: int
    gift_fen: int
    refunds: int
    out_fen: int

    @property
    def means_text(self) -> str:
        return str(Means(self.means).label)

    @property
    def net_fen(self) -> int:
        return self.in_fen - self.out_fen


def till_lines(staff: Staff, *, since: date, through: date) -> Sequence[TillLine]:
    """The days of a period in the stores of the scope: two queries, newest day first."""
    keys = ("day", "store__name", "means")
    days = {"day__gte": since, "day__lte": through}
    taken = top_ups_for(staff).filter(**days).order_by().values(*keys)
    paid = refunds_for(staff).filter(**days).order_by().values(*keys)
    rows: dict[tuple, dict[str, int]] = {}
    for row in taken.annotate(top_ups=Count("pk"), in_fen=Sum("principal_fen"), gift=Sum("gift_fen")):
        rows[tuple(row[key] for key in keys)] = row
    for row in paid.annotate(refunds=Count("pk"), out_fen=Sum("cash_fen")):
        rows.setdefault(tuple(row[key] for key in keys), {}).update(row)
    ordered = sorted(rows, key=lambda key: (-key[0].toordinal(), key[1], key[2]))
    return [_line(key, rows[key]) for key in ordered]


def _line(key: tuple, sums: dict[str, int]) -> TillLine:
    return TillLine(
        *key,
        top_ups=sums.get("top_ups", 0),
        in_fen=sums.get("in_fen", 0),
        gift_fen=sums.get("gift", 0),
        refunds=sums.get("refunds", 0),
        out_fen=sums.get("out_fen", 0),
    )
