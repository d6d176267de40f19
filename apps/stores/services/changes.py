"""What changed of a row, and how the audit tells it."""

from apps.stores.models import Staff, Store


def assign(row: Store | Staff, **values: object) -> dict[str, list]:
    """Set the attributes that differ; what each was and is."""
    changes = {key: [getattr(row, key), new] for key, new in values.items() if getattr(row, key) != new}
    for key, (_old, new) in changes.items():
        setattr(row, key, new)
    return changes


def told(changes: dict[str, list]) -> dict[str, object]:
    """The changes as audit data: in words, and field by field."""
    words = "; ".join(f"{key} {old!s} → {new!s}" for key, (old, new) in changes.items())
    return {"changes": words, "fields": changes}
