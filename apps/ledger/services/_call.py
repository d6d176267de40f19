"""One round trip to one SQL function, its refusals turned into the ledger's own errors."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, DataError

from apps.core import roundtrip
from apps.ledger.errors import REFUSALS, AlreadyPosted, NotStorable

SOURCE_CONSTRAINTS = {"ledger_entry_source_once", "ledger_hold_source_key", "ledger_decline_source_key"}


def call(sql: str, params: Sequence[Any]) -> list[tuple]:
    """The rows of the function call. Raises a LedgerError for what the function refuses."""
    try:
        return roundtrip.fetch(sql, params)
    except DatabaseError as error:
        _raise_refusal(error)
        raise
    except UnicodeEncodeError as error:
        raise NotStorable(str(error)) from error


def _raise_refusal(error: DatabaseError) -> None:
    if isinstance(error, DataError):
        raise NotStorable(str(error)) from error
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return
    if diagnosis.sqlstate in REFUSALS:
        raise REFUSALS[diagnosis.sqlstate](**json.loads(diagnosis.message_detail)) from error
    if diagnosis.constraint_name in SOURCE_CONSTRAINTS:
        raise AlreadyPosted(_source(diagnosis.message_detail)) from error


def _source(detail: str) -> str:
    """The key that was there already, out of PostgreSQL's ``Key (source)=(…) already exists.``"""
    found = re.search(r"=\((.*)\)", detail)
    return found[1] if found else detail
