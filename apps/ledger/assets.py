"""The assets by code. An asset once defined stays as it is, so what was read once stays true."""

from datetime import date
from functools import cache

from apps.ledger.errors import PrincipalNeverExpires, UnknownAsset
from apps.ledger.models import Asset


@cache
def _asset(code: str) -> tuple[int, bool]:
    asset = Asset.objects.filter(code=code).first()
    if asset is None:
        raise UnknownAsset(code)
    return asset.id, asset.can_expire


def forget() -> None:
    """Read anew: an asset is being defined, and what was read of it may have been rolled back since."""
    _asset.cache_clear()


def asset_id(code: str) -> int:
    """The key of an asset. Raises UnknownAsset."""
    return _asset(code)[0]


def check_expiry(code: str, expires_on: date | None) -> None:
    """Raises PrincipalNeverExpires when a lot of this asset would carry a last day."""
    if expires_on is not None and not _asset(code)[1]:
        raise PrincipalNeverExpires(code)
