"""What every page writes the same way: money, points, signed changes."""

from django import template

from apps.core import money as amounts

register = template.Library()
MISSING = "–"


@register.filter
def money(fen: int | None) -> str:
    """123450 → ¥1,234.50."""
    return MISSING if fen is None else amounts.format_money(fen)


@register.filter
def points(number: int | None) -> str:
    """82300 → 82,300."""
    return MISSING if number is None else f"{number:,}"


@register.filter
def signed(number: int | None) -> str:
    """82300 → +82,300, as a change of a balance reads."""
    return MISSING if number is None else f"{number:+,}"


@register.filter
def share(basis_points: int | None) -> str:
    """1234 → 12.34%."""
    return MISSING if basis_points is None else f"{basis_points // 100}.{basis_points % 100:02d}%"
