"""The ledger on the command line: exact output, exit codes, nothing else on stdout."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core import invariants
from apps.ledger.models import Account
from tests.ledger.acts import (
    NEW_YEAR,
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    expire,
    give,
    held,
    take,
    undo,
)

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def failed(*arguments: str) -> tuple[int, str]:
    """Exit code and stdout of a command that fails."""
    out = StringIO()
    with pytest.raises((CommandError, SystemExit)) as end:
        call_command(*arguments, stdout=out, stderr=StringIO())
    code = end.value.code if isinstance(end.value, SystemExit) else end.value.returncode
    return code, out.getvalue()


def break_the_balance(member) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET balance = balance + 1 WHERE member_id = %s", [member.pk])


# check_ledger


def test_check_ledger_names_every_invariant_and_that_all_hold(ann):
    give(ann, 100)
    facts = json.loads(run("check_ledger", "--json"))
    assert facts == {"ok": True, "checked": sorted(invariants.REGISTRY), "violations": []}
    assert {"L1", "L13", "K1"} <= set(facts["checked"])


@pytest.mark.breaks_invariants
def test_check_ledger_fails_with_the_offending_rows(ann):
    give(ann, 100)
    break_the_balance(ann)
    code, out = failed("check_ledger", "--json")
    assert code == 1
    facts = json.loads(out)
    assert facts["ok"] is False
    assert [v["code"] for v in facts["violations"]] == ["L1", "L2"]
    account = Account.objects.get(member=ann)
    row = {"account_id": account.pk, "member_id": ann.pk, "balance": 101, "entries": "100"}
    assert facts["violations"][0]["rows"] == [row]


@pytest.mark.breaks_invariants
def test_check_ledger_tells_people_too(ann):
    give(ann, 100)
    break_the_balance(ann)
    code, out = failed("check_ledger", "--only", "L1")
    assert code == 1
    assert "L1: " in out
    assert f"'member_id': {ann.pk}" in out


def test_check_ledger_of_an_unknown_invariant_is_bad_usage():
    assert failed("check_ledger", "--only", "L99")[0] == 2


def test_check_ledger_leaves_stdout_to_its_json(database_url: str, repository: Path):
    environment = {**os.environ, "DATABASE_URL": database_url}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    command = [sys.executable, "manage.py", "check_ledger", "--json"]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True
    assert "L1" in done.stderr


# export_balances


def test_balances_are_exported_now_and_at_the_close_of_any_day(ann, ben):
    give(ann, (100, YEAR_END), (20, NEXT_YEAR_END), on=TODAY)
    take(ann, 30, on=TOMORROW)
    give(ben, 7, on=TOMORROW)
    expire(NEW_YEAR)
    header, a, b = "member_ref,balance", ann.number, ben.number
    at = {
        "2025-02-28": [],
        "2025-03-01": [f"{a},120"],
        "2025-03-02": [f"{a},90", f"{b},7"],
        "2025-12-31": [f"{a},90", f"{b},7"],
        "2026-01-01": [f"{a},20", f"{b},7"],
    }
    for day, rows in at.items():
        assert run("export_balances", "--as-of", day).splitlines() == [header, *rows], day
    assert run("export_balances").splitlines() == [header, f"{a},20", f"{b},7"]


def test_balances_name_members_by_their_source_reference(ann):
    ann.member_ref = 'M,"1'
    ann.save()
    give(ann, 5)
    assert run("export_balances") == 'member_ref,balance\n"M,""1",5\n'


def test_balances_of_another_asset_or_none(ann):
    give(ann, 5)
    assert run("export_balances", "--asset", "growth") == "member_ref,balance\n"
    assert failed("export_balances", "--asset", "gold")[0] == 2


def test_a_date_that_is_none_is_bad_usage():
    with pytest.raises(CommandError, match="as-of"):
        run("export_balances", "--as-of", "2025-02-30")


# statement


def test_a_statement_tells_entries_lots_and_what_was_taken(ann):
    award = give(ann, (100, YEAR_END), (20, None))
    sale = take(ann, 110, on=TOMORROW)
    back = undo(sale, 15, on=TOMORROW)
    facts = json.loads(run("statement", ann.number, "--json"))
    assert (facts["member_ref"], facts["asset"], facts["balance"]) == (ann.number, "points", 25)
    told = [(e["id"], e["kind"], e["amount"], e["balance_after"], e["reverses"]) for e in facts["entries"]]
    assert told == [
        (award, "award", 120, 120, None),
        (sale, "spend", -110, 10, None),
        (back.entry_id, "reverse", 15, 25, sale),
    ]
    first, second, third = facts["entries"]
    assert [(lot["granted"], lot["remaining"], lot["expires_on"]) for lot in first["lots"]] == [
        (100, 5, "2025-12-31"),
        (20, 20, None),
    ]
    lots = [lot["id"] for lot in first["lots"]]
    assert second["allocations"] == [{"lot": lots[0], "amount": 100}, {"lot": lots[1], "amount": 10}]
    assert third["allocations"] == [{"lot": lots[0], "amount": -5}, {"lot": lots[1], "amount": -10}]
    assert third["explanation"] == {"shortfall": "owe"}
    assert first["at"] == "2025-03-01 12:00:00+08:00"


def test_a_statement_of_a_past_day_ends_there(ann):
    give(ann, 100)
    take(ann, 30, on=TOMORROW)
    facts = json.loads(run("statement", ann.number, "--as-of", TODAY.isoformat(), "--json"))
    assert facts["balance"] == 100
    assert [e["amount"] for e in facts["entries"]] == [100]


def test_a_statement_for_people_ends_with_the_balance(ann):
    give(ann, 1200)
    held(ann, 100)
    assert run("statement", ann.number).splitlines()[-1] == f"{ann.number} points: 1,200"


def test_a_statement_of_nobody_is_bad_input():
    code, out = failed("statement", "M404", "--json")
    assert code == 2
    assert "M404" in json.loads(out)["error"]
