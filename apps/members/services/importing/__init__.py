"""Importing members from a file: upsert by ``member_ref``, set-based, in chunks that each commit.

An empty cell leaves what is known; a row that can't be taken goes to the rejects with its column and
reason, the others are taken. A chunk is all or nothing, so a run that was killed is finished by
running it again, and a run over an imported file changes nothing. A *rehearsal* is the same run,
rolled back.
"""

from apps.members.services.importing.parsing import KNOWN, REQUIRED
from apps.members.services.importing.running import ImportBusy, Imported, import_members, rehearse_import

__all__ = ["KNOWN", "REQUIRED", "ImportBusy", "Imported", "import_members", "rehearse_import"]
