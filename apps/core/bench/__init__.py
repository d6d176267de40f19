"""Measuring the real code beside the least SQL that writes the same rows.

An app's ``bench`` module registers *pairs*: ``ours`` goes through the services, ``limit`` is minimal SQL
through bare psycopg. Both run on one database, in turns, by the same number of client processes; the
figure that counts is the ratio of their median rates.
"""

from apps.core.bench.pairs import (
    PAIRS,
    PREPARE,
    SWEEPS,
    WATCHED,
    Bound,
    Figure,
    Pair,
    Sweep,
    Watched,
    pair,
    prepares,
    sweep,
    watched,
)
from apps.core.bench.rounds import measure

__all__ = [
    "PAIRS",
    "PREPARE",
    "SWEEPS",
    "WATCHED",
    "Bound",
    "Figure",
    "Pair",
    "Sweep",
    "Watched",
    "measure",
    "pair",
    "prepares",
    "sweep",
    "watched",
]
