"""Importing purchases from a file, through the one door, in chunks that each commit.

Rows that share an external id are one purchase, wherever they stand in the file; they are staged first, so a
file may be larger than memory. A purchase with one row that can't be taken is not taken at all, and all
its rows go to the rejects with the reason. Purchases are recorded in the order they occurred, refunds
after them. A run that was killed is finished by running it again; a run over an imported file changes
nothing. A *rehearsal* is the same run, rolled back some members at a time, whose accounts are locked
meanwhile.
"""

from apps.activity.services.importing.parsing import KNOWN, REQUIRED
from apps.activity.services.importing.running import (
    Imported,
    Run,
    import_purchases,
    rehearse_import,
)

__all__ = ["KNOWN", "REQUIRED", "Imported", "Run", "import_purchases", "rehearse_import"]
