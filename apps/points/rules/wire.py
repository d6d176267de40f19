"""How specs are kept as JSON: field by field, defaults left out, dates as ISO text, tuples as lists.

Reading is strict: an unknown field or a wrong type raises ValueError, so nothing published can be
half understood. A field added later reads as its default in older versions.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from datetime import date
from typing import Any

from apps.points.rules.clearing import ClearingSpec
from apps.points.rules.earning import EarningSpec, FactCondition
from apps.points.rules.refunding import RefundSpec
from apps.points.rules.spending import SpendingSpec

Spec = EarningSpec | ClearingSpec | SpendingSpec | RefundSpec
SPECS: dict[str, type[Spec]] = {
    spec.kind: spec for spec in (EarningSpec, ClearingSpec, SpendingSpec, RefundSpec)
}


def to_json(spec: Spec) -> dict[str, Any]:
    """The spec as JSON values, fields that are at their default left out."""
    values = ((field, getattr(spec, field.name)) for field in fields(spec))
    return {field.name: _out(value) for field, value in values if value != field.default}


def from_json(kind: str, data: Mapping[str, Any]) -> Spec:
    """The spec of a kind read from JSON. Raises ValueError naming the field that cannot be read."""
    known = {field.name: field for field in fields(SPECS[kind])}
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(unknown)}")
    return SPECS[kind](**{name: _in(known[name], value) for name, value in data.items()})


def fingerprint(definition: Mapping[str, Any]) -> str:
    """A short mark of a wording as it is kept: the same for the same wording."""
    text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _out(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, FactCondition):
        return {"name": value.name, "values": list(value.values)}
    return [_out(item) for item in value] if isinstance(value, tuple) else value


def _in(field: Field, value: Any) -> Any:
    accepts, read = READERS[field.type]
    if (isinstance(value, bool) and accepts is not bool) or not isinstance(value, accepts):
        raise ValueError(f"{field.name}: {value!r}")
    return None if value is None else read(value)


def _facts(items: list) -> tuple[FactCondition, ...]:
    return tuple(FactCondition(str(item["name"]), tuple(map(str, item["values"]))) for item in items)


READERS: dict[Any, tuple[Any, Callable[[Any], Any]]] = {
    str: (str, str),
    bool: (bool, bool),
    int: (int, int),
    int | None: (int | None, int),
    date | None: (str | None, date.fromisoformat),
    tuple[str, ...]: (list, lambda items: tuple(map(str, items))),
    tuple[int, ...]: (list, lambda items: tuple(map(int, items))),
    tuple[FactCondition, ...]: (list, _facts),
}
