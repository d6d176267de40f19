"""One round trip to one SQL function, its refusals turned into the ledger's own errors."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError

from apps.core import roundtrip
from apps.ledger.errors import REFUSALS, AlreadyPosted

SOURCE_CONSTRAINTS = {"ledger_entry_source_once", "ledger_hold_source_key", "ledger_decline_source_key"}


def call(sql: str, params: Sequence[Any]) -> list[tuple]:
    """The rows of the function call. Raises a LedgerError for what the function refuses."""
    try:
        return roundtrip.fetch(sql, params)
    except DatabaseError as error:
        _raise_refusal(error)
        raise


def _raise_refusal(error: DatabaseError) -> None:
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return
    if diagnosis.sqlstate in REFUSALS:
        raise REFUSALS[diagnosis.sqlstate](**json.loads(diagnosis.message_detail)) from error
    if diagnosis.constraint_name in SOURCE_CONSTRAINTS:
        raise AlreadyPosted(diagnosis.message_detail) from error
