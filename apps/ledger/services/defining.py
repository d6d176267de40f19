"""Defining kinds of value beyond the founding ones: what upper apps count of their own."""

from apps.ledger import assets
from apps.ledger.models import Asset


def define_asset(*, code: str, name: str, can_expire: bool) -> Asset:
    """The asset of this code, made if there is none. Its code and whether it may expire stay as they were."""
    assets.forget()
    return Asset.objects.get_or_create(code=code, defaults={"name": name, "can_expire": can_expire})[0]
