"""Commands keep stdout for the report, stderr for people, and say how it went by exit code."""

import io
import json

import pytest

from apps.core.commands import BadInput, CommandFailed, ReportingCommand
from apps.core.csvfile import BadFile
from apps.core.errors import LaurelError


class Probe(ReportingCommand):
    act = staticmethod(lambda: {"read": 3, "names": ["a", "b"]})

    def perform(self, **options):
        self.note("working")
        with self.progress("reading", 3) as seen:
            seen(3)
        return self.act()


def run(act=None, **options):
    out, err = io.StringIO(), io.StringIO()
    command = Probe(stdout=out, stderr=err)
    command.act = act or Probe.act
    try:
        command.handle(**options)
    except CommandFailed as error:
        return out.getvalue(), err.getvalue(), error.returncode
    return out.getvalue(), err.getvalue(), 0


def test_json_alone_is_on_stdout():
    out, err, code = run(as_json=True)
    assert json.loads(out) == {"read": 3, "names": ["a", "b"]}
    assert (err, code) == ("working\n", 0)


def test_text_is_for_readers():
    assert run()[0] == "read: 3\nnames: a, b\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadFile("damaged", row=4, column="phone"), 2),
        (BadInput("no such channel"), 2),
        (CommandFailed("violated"), 1),
        (LaurelError("refused"), 1),
    ],
)
def test_a_failure_has_its_exit_code_and_still_one_json_object(error, code):
    def act():
        raise error

    out, _, found = run(act, as_json=True)
    assert found == code
    assert json.loads(out)["error"]
    assert run(act)[0] == ""


def test_a_failed_command_still_reports_its_facts():
    def act():
        raise CommandFailed("violated", facts={"L1": 2})

    assert json.loads(run(act, as_json=True)[0]) == {"error": "violated", "L1": 2}
    assert run(act)[0] == "L1: 2\n"


def test_a_bad_file_is_located():
    def act():
        raise BadFile("not a date", row=4, column="birthday")

    command = Probe(stdout=io.StringIO(), stderr=io.StringIO())
    command.act = act
    with pytest.raises(BadInput) as failure:
        command.handle(file="m.csv")
    assert str(failure.value).startswith("m.csv, ")
    assert "4" in str(failure.value)
    assert "birthday" in str(failure.value)
