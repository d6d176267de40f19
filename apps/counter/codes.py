"""Member numbers as scanners and phones read them: SVG without inline style, black on white."""

from itertools import groupby

import segno
from barcode import Code128
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 10  # modules on either side, as Code 128 asks


def qr_svg(text: str, label: str) -> SafeString:
    """A full-size QR code (phones do not scan micro codes) named ``label`` for a screen reader."""
    drawing = segno.make_qr(text, error="m").svg_inline(
        border=2, omitsize=True, svgclass=None, lineclass=None
    )
    return _labelled(drawing, label, "code-qr")


def barcode_svg(text: str, label: str) -> SafeString:
    """A Code 128 barcode named ``label`` for a screen reader."""
    modules = Code128(text).build()[0]
    bars = "".join(f"M{QUIET_ZONE + at} 0h{width}v40h-{width}z" for at, width in _runs(modules))
    size = len(modules) + 2 * QUIET_ZONE
    return _labelled(
        f'<svg viewBox="0 0 {size} 40" preserveAspectRatio="none"><path d="{bars}"/></svg>',
        label,
        "code-bars",
    )


def _labelled(drawing: str, label: str, css_class: str) -> SafeString:
    opening = format_html('<svg class="{}" role="img" aria-label="{}" ', css_class, label)
    return mark_safe(opening + drawing.removeprefix("<svg "))


def _runs(modules: str) -> list[tuple[int, int]]:
    """Where each bar starts and how wide it is."""
    runs, at = [], 0
    for digit, group in groupby(modules):
        width = len(list(group))
        if digit == "1":
            runs.append((at, width))
        at += width
    return runs
