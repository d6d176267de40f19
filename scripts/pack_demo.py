"""Pack the demo's purchase history: `pack_demo.py purchases.csv.gz members.csv apps/activity/demo/data`.

One line per purchase: member, store, seconds since the purchase before, and its rows as
`<letter of the category><quantity> <fen>` joined by `;`. The first line names the categories in letter order.
"""

import csv
import gzip
import lzma
import sys
from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path

FIRST_LETTER = 65


def packed(rows: list[dict[str, str]], start: datetime) -> str:
    categories = sorted({row["category"] for row in rows})
    letters = {name: chr(FIRST_LETTER + n) for n, name in enumerate(categories)}
    lines, before = [f"{start:%Y-%m-%dT%H:%M:%S}|" + "|".join(categories)], start
    for _key, group in groupby(rows, key=lambda row: row["external_id"]):
        same = list(group)
        at = datetime.fromisoformat(same[0]["occurred_at"])
        parts = ";".join(
            f"{letters[r['category']]}{r['quantity']} {r['amount'].replace('.', '')}" for r in same
        )
        member, store = same[0]["member_ref"][2:], same[0]["store"][1:]
        lines.append(f"{member},{store},{int((at - before).total_seconds())},{parts}")
        before = at
    return "\n".join(lines) + "\n"


def by_size(rows: list[dict[str, str]], members: list[dict[str, str]]) -> str:
    """The codes of all stores, the one with most purchases first."""
    sizes = Counter({row["store"]: 0 for row in members})
    sizes.update(store for _purchase, store in {(row["external_id"], row["store"]) for row in rows})
    return "\n".join(sorted(sizes, key=lambda code: (-sizes[code], code))) + "\n"


def main(purchases: Path, members: Path, target: Path) -> None:
    with gzip.open(purchases, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with members.open(encoding="utf-8", newline="") as file:
        stores = by_size(rows, list(csv.DictReader(file)))
    (target / "stores.txt").write_text(stores, encoding="ascii")
    text = packed(rows, datetime(2017, 1, 1))
    best = 9 | lzma.PRESET_EXTREME
    (target / "purchases.txt.xz").write_bytes(lzma.compress(text.encode(), preset=best))
    (target / "members.csv.xz").write_bytes(lzma.compress(members.read_bytes(), preset=best))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
