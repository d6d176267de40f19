"""The conditions of an earning rule, each a reason and a question: the facts that speak against, or None.

Only the conditions a wording sets are asked; ``conditions_of`` picks them once per version.
"""

from collections.abc import Callable
from typing import Any

from apps.points.rules.basket import Basket, MemberContext
from apps.points.rules.earning import EarningSpec

Facts = dict[str, Any]
Condition = Callable[[EarningSpec, Basket, MemberContext], Facts | None]


def conditions_of(spec: EarningSpec) -> tuple[tuple[str, Condition], ...]:
    """The (reason, condition) pairs this wording sets, in the order they are asked."""
    return tuple((reason, ask) for reason, is_set, ask in CONDITIONS if is_set(spec))


def _kind(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    return None if basket.kind in spec.kinds else {"kind": basket.kind, "kinds": list(spec.kinds)}


def _period(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    day = basket.occurred_at.date()
    if (spec.first_day is None or spec.first_day <= day) and (spec.last_day is None or day <= spec.last_day):
        return None
    return {
        "first_day": spec.first_day and spec.first_day.isoformat(),
        "last_day": spec.last_day and spec.last_day.isoformat(),
    }


def _weekday(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    fits = basket.occurred_at.isoweekday() in spec.weekdays
    return None if fits else {"weekdays": list(spec.weekdays)}


def _month_day(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    fits = basket.occurred_at.day in spec.month_days
    return None if fits else {"month_days": list(spec.month_days)}


def _hours(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    hour, start, end = basket.occurred_at.hour, spec.from_hour, spec.to_hour
    fits = start <= hour < end if start < end else hour >= start or hour < end
    return None if fits else {"from_hour": start, "to_hour": end}


def _channel(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    return None if basket.channel in spec.channels else {"channels": list(spec.channels)}


def _store(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    return None if basket.store in spec.stores else {"stores": list(spec.stores)}


def _tags_any(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    return None if context.tags.intersection(spec.tags_any) else {"tags": list(spec.tags_any)}


def _tags_none(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    found = context.tags.intersection(spec.tags_none)
    return {"tags": sorted(found)} if found else None


def _birthday(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    birthday = context.birthday
    return None if birthday and birthday.month == basket.occurred_at.month else {}


def _facts(spec: EarningSpec, basket: Basket, context: MemberContext) -> Facts | None:
    for wanted in spec.facts:
        known = context.facts.get(wanted.name, "")
        if not any(str(each) in wanted.values for each in (known if isinstance(known, tuple) else (known,))):
            return {"fact": wanted.name, "values": list(wanted.values)}
    return None


CONDITIONS: tuple[tuple[str, Callable[[EarningSpec], Any], Condition], ...] = (
    ("other_kind", lambda spec: True, _kind),
    ("other_period", lambda spec: spec.first_day or spec.last_day, _period),
    ("other_weekday", lambda spec: spec.weekdays, _weekday),
    ("other_month_day", lambda spec: spec.month_days, _month_day),
    ("other_hours", lambda spec: (spec.from_hour, spec.to_hour) != (0, 24), _hours),
    ("other_channel", lambda spec: spec.channels, _channel),
    ("other_store", lambda spec: spec.stores, _store),
    ("tag_missing", lambda spec: spec.tags_any, _tags_any),
    ("tag_excluded", lambda spec: spec.tags_none, _tags_none),
    ("not_birthday_month", lambda spec: spec.birthday_month, _birthday),
    ("fact_differs", lambda spec: spec.facts, _facts),
)
