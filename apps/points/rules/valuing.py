"""What points cost the brand."""


def cost_fen(points: int, fen_per_hundred: int) -> int:
    """The cost of points in fen at so many fen per 100 points, rounded to the nearest fen (half up)."""
    return (2 * points * fen_per_hundred + 100) // 200
