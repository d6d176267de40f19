"""A programme's file as a spec, and back. Reading is strict: what is wrong is told with its JSON path."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from apps.tiers.rules import spec as s

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_TEXTS = ("name", "colour", "icon", "description")


class Unreadable(ValueError):
    """What the file says can't be taken. ``path`` is where, ``code`` what is wrong, ``facts`` besides."""

    def __init__(self, path: str, code: str, **facts: Any) -> None:
        super().__init__(f"{path}: {code}")
        self.path, self.code, self.facts = path, code, facts


class _Node:
    """A JSON object at its path; every key must be asked for."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise Unreadable(path, "not_an_object")
        self.value, self.path, self.asked = value, path, set()

    def at(self, key: str) -> str:
        return f"{self.path}.{key}"

    def has(self, key: str) -> bool:
        self.asked.add(key)
        return key in self.value

    def take(self, key: str, read: Callable[[Any, str], Any], *default: Any) -> Any:
        if not self.has(key):
            if not default:
                raise Unreadable(self.at(key), "missing")
            return default[0]
        return read(self.value[key], self.at(key))

    def done(self) -> None:
        for key in self.value:
            if key not in self.asked:
                raise Unreadable(self.at(key), "unknown_field", known=", ".join(sorted(self.asked)))


def whole(least: int = 0, most: int = 10**12) -> Callable[[Any, str], int]:
    """A reader of whole numbers."""

    def read(value: Any, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unreadable(path, "not_a_whole_number")
        if not least <= value <= most:
            raise Unreadable(path, "out_of_range", least=least, most=most)
        return value

    return read


def one_of(*choices: str) -> Callable[[Any, str], str]:
    """A reader of one of these words."""

    def read(value: Any, path: str) -> str:
        if value not in choices:
            raise Unreadable(path, "not_one_of", choices=", ".join(choices))
        return value

    return read


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(path, "not_a_text")
    return value


def _short(value: Any, path: str) -> str:
    if len(_text(value, path)) > 60:
        raise Unreadable(path, "too_long", most=60)
    return value


def _code(value: Any, path: str) -> str:
    if not CODE.fullmatch(_text(value, path)):
        raise Unreadable(path, "not_a_code")
    return value


def _colour(value: Any, path: str) -> str:
    if value and not COLOUR.fullmatch(_text(value, path)):
        raise Unreadable(path, "not_a_colour")
    return value


def _day(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(_text(value, path))
    except ValueError as error:
        raise Unreadable(path, "not_a_day") from error


def _many(read: Callable[[Any, str], Any], least: int = 0) -> Callable[[Any, str], tuple]:
    def read_all(value: Any, path: str) -> tuple:
        if not isinstance(value, list):
            raise Unreadable(path, "not_a_list")
        if len(value) < least:
            raise Unreadable(path, "too_few", least=least)
        return tuple(read(item, f"{path}[{n}]") for n, item in enumerate(value))

    return read_all


def from_json(data: Any) -> s.ProgrammeSpec:
    """The spec a file states. Raises Unreadable."""
    node = _Node(data, "$")
    window = node.take("window", _window)
    read = s.ProgrammeSpec(
        code=node.take("code", _code),
        kind=node.take("kind", one_of(s.LEVEL)),
        name=node.take("name", _short, ""),
        levels=_ladder(node.take("levels", _many(_level, 1)), node.at("levels")),
        growth=node.take("growth", _many(_source, 1)),
        window=window,
        period_end=_period_end(node, window),
        upgrade=node.take("upgrade", one_of(s.AT_ONCE, s.AT_ASSESSMENT), s.AT_ONCE),
        climb=node.take("climb", one_of(s.DIRECT, s.ONE_LEVEL), s.DIRECT),
        downgrade=node.take("downgrade", one_of(s.NONE, s.ONE_LEVEL, s.RECOMPUTE), s.RECOMPUTE),
        grace_days=node.take("grace_days", whole(0, 3660), 0),
        protect_days=node.take("protect_days", whole(0, 3660), 0),
        assess=_assess(node, window),
    )
    node.done()
    return read


def _level(value: Any, path: str) -> s.LevelSpec:
    node = _Node(value, path)
    code, entry = node.take("code", _code), node.take("entry", whole())
    level = s.LevelSpec(
        code=code,
        entry=entry,
        keep=node.take("keep", whole(), entry),
        re_entry=node.take("re_entry", whole(), entry),
        name=node.take("name", _short, ""),
        colour=node.take("colour", _colour, ""),
        icon=node.take("icon", _short, ""),
        description=node.take("description", _text, ""),
    )
    node.done()
    if level.keep > max(level.entry, level.re_entry):
        raise Unreadable(f"{path}.keep", "above_entry", entry=entry)
    return level


def _ladder(levels: Sequence[s.LevelSpec], path: str) -> tuple[s.LevelSpec, ...]:
    seen: set[str] = set()
    if levels[0].entry or levels[0].keep or levels[0].re_entry:
        raise Unreadable(f"{path}[0].entry", "first_is_not_zero")
    for n, level in enumerate(levels):
        if level.code in seen:
            raise Unreadable(f"{path}[{n}].code", "twice", value=level.code)
        seen.add(level.code)
        for name in ("entry", "keep", "re_entry"):
            if n and getattr(level, name) < getattr(levels[n - 1], name):
                raise Unreadable(f"{path}[{n}].{name}", "below_the_one_before")
        if n and level.entry == levels[n - 1].entry:
            raise Unreadable(f"{path}[{n}].entry", "same_as_the_one_before")
    return tuple(levels)


def _source(value: Any, path: str) -> s.Source:
    node = _Node(value, path)
    measures = [name for name in s.MEASURES if node.has(name)]
    if len(measures) != 1:
        raise Unreadable(path, "one_measure", choices=", ".join(s.MEASURES))
    (measure,) = measures
    source = s.Source(
        kinds=node.take("activity", _kinds),
        measure=measure,
        amount=node.take(measure, whole(1, 10**9)),
        unit_fen=node.take("unit_fen", whole(1, 10**9), 100) if measure == s.PER_UNIT else 100,
        period=node.take("period", one_of(*s.PERIODS), s.MONTH)
        if measure in (s.PER_CATEGORY, s.PER_KIND)
        else s.MONTH,
        categories=node.take("categories", _many(_text, 1), ()),
        channels=node.take("channels", _many(_text, 1), ()),
        cap=node.take("cap", _cap, None),
        seasons=node.take("seasons", _many(_season, 1), ()),
        personas=node.take("personas", _many(_persona, 1), ()),
    )
    node.done()
    if source.asks_lines and source.kinds != ("purchase",):
        raise Unreadable(f"{path}.activity", "purchases_only")
    return source


def _kinds(value: Any, path: str) -> tuple[str, ...]:
    kinds = _many(_code, 1)(value, path) if isinstance(value, list) else (_code(value, path),)
    if "refund" in kinds:
        raise Unreadable(path, "refunds_take_back")
    return kinds


def _cap(value: Any, path: str) -> s.Cap:
    node = _Node(value, path)
    cap = s.Cap(node.take("per", one_of("activity", *s.PERIODS)), node.take("growth", whole(1)))
    node.done()
    return cap


def _season(value: Any, path: str) -> s.Season:
    node = _Node(value, path)
    season = s.Season(
        node.take("first_day", _day), node.take("last_day", _day), node.take("percent", whole(0, 10_000))
    )
    node.done()
    if season.last_day < season.first_day:
        raise Unreadable(f"{path}.last_day", "before_first")
    return season


def _persona(value: Any, path: str) -> s.Persona:
    node = _Node(value, path)
    persona = s.Persona(node.take("tags", _many(_text, 1)), node.take("percent", whole(0, 10_000)))
    node.done()
    return persona


def _window(value: Any, path: str) -> s.Window:
    if value == s.LIFETIME:
        return s.Window(s.LIFETIME)
    if value == s.ANNIVERSARY:
        return s.Window(s.ANNIVERSARY, unit=s.YEAR)
    if isinstance(value, str):
        raise Unreadable(path, "not_a_window")
    node = _Node(value, path)
    if node.has("rolling_months"):
        window = s.Window(s.ROLLING, months=node.take("rolling_months", whole(1, 1200)))
    elif node.has("calendar"):
        unit = node.take("calendar", one_of(s.WEEK, s.MONTH, s.QUARTER, s.YEAR))
        window = s.Window(s.CALENDAR, unit=unit)
    else:
        raise Unreadable(path, "not_a_window")
    node.done()
    return window


def _period_end(node: _Node, window: s.Window) -> s.PeriodEnd:
    if not node.has("period_end"):
        return s.PeriodEnd()
    if window.kind not in (s.CALENDAR, s.ANNIVERSARY):
        raise Unreadable(node.at("period_end"), "no_periods")
    value, path = node.value["period_end"], node.at("period_end")
    if isinstance(value, str):
        return s.PeriodEnd(one_of(s.CLEAR, s.KEEP)(value, path))
    inner = _Node(value, path)
    if inner.has("deduct"):
        end = s.PeriodEnd(s.DEDUCT, inner.take("deduct", whole(1)))
    else:
        end = s.PeriodEnd(s.DEDUCT_PERCENT, inner.take("deduct_percent", whole(1, 100)))
    inner.done()
    return end


def _assess(node: _Node, window: s.Window) -> str:
    usual = {s.CALENDAR: window.unit, s.ANNIVERSARY: s.DAY}.get(window.kind, s.MONTH)
    if node.has("assess") and window.kind in (s.CALENDAR, s.ANNIVERSARY):
        raise Unreadable(node.at("assess"), "at_period_ends")
    return node.take("assess", one_of(*s.PERIODS[:-1]), usual)


def to_json(spec: s.ProgrammeSpec) -> dict[str, Any]:
    """The file of a spec, what is usual left out; reading it gives the same spec."""
    told: dict[str, Any] = {"code": spec.code, "kind": spec.kind}
    if spec.name:
        told["name"] = spec.name
    told["levels"] = [_level_out(level) for level in spec.levels]
    told["growth"] = [_source_out(source) for source in spec.growth]
    told["window"] = _window_out(spec.window)
    if spec.period_end != s.PeriodEnd():
        end = spec.period_end
        told["period_end"] = end.act if end.act in (s.CLEAR, s.KEEP) else {end.act: end.amount}
    told |= {name: getattr(spec, name) for name in ("upgrade", "climb", "downgrade")}
    told |= {name: getattr(spec, name) for name in ("grace_days", "protect_days")}
    if not spec.has_periods:
        told["assess"] = spec.assess
    return told


def _level_out(level: s.LevelSpec) -> dict[str, Any]:
    told: dict[str, Any] = {"code": level.code, "entry": level.entry}
    told |= {
        name: getattr(level, name) for name in ("keep", "re_entry") if getattr(level, name) != level.entry
    }
    return told | {name: getattr(level, name) for name in _TEXTS if getattr(level, name)}


def _source_out(source: s.Source) -> dict[str, Any]:
    kinds = source.kinds[0] if len(source.kinds) == 1 else list(source.kinds)
    told: dict[str, Any] = {"activity": kinds, source.measure: source.amount}
    if source.unit_fen != 100:
        told["unit_fen"] = source.unit_fen
    if source.measure in (s.PER_CATEGORY, s.PER_KIND):
        told["period"] = source.period
    told |= {
        name: list(getattr(source, name)) for name in ("categories", "channels") if getattr(source, name)
    }
    if source.cap:
        told["cap"] = {"per": source.cap.per, "growth": source.cap.growth}
    if source.seasons:
        told["seasons"] = [
            {
                "first_day": each.first_day.isoformat(),
                "last_day": each.last_day.isoformat(),
                "percent": each.percent,
            }
            for each in source.seasons
        ]
    if source.personas:
        told["personas"] = [{"tags": list(each.tags), "percent": each.percent} for each in source.personas]
    return told


def _window_out(window: s.Window) -> Any:
    if window.kind == s.ROLLING:
        return {"rolling_months": window.months}
    return {"calendar": window.unit} if window.kind == s.CALENDAR else window.kind
