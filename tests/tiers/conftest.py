"""Programmes as files, and members who buy. Every test that writes ends with the invariants holding."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.core.audit import Actor
from apps.tiers import services as tiers
from tests.activity.conftest import (  # noqa: F401
    _invariants_hold,
    at_till,
    give,
    pos,
    purchase,
)
from tests.factories import OPENING, ChannelFactory

AT = OPENING  # when programmes are published
DESK = Actor("desk")
SMALLEST = {
    "code": "levels",
    "kind": "level",
    "levels": [{"code": "basic", "entry": 0}, {"code": "gold", "entry": 200, "keep": 150}],
    "growth": [{"activity": "purchase", "per_unit": 1}],
    "window": {"rolling_months": 12},
    "downgrade": "recompute",
    "grace_days": 0,
}
THREE = [
    {"code": "basic", "entry": 0},
    {"code": "silver", "entry": 100, "keep": 80},
    {"code": "gold", "entry": 300, "keep": 200},
]


def day(text, hour=10):
    """An instant of a local day, in UTC."""
    return datetime.fromisoformat(f"{text}T{hour:02}:00:00+08:00").astimezone(UTC)


def publish(at=AT, **changes):
    """Publish the smallest programme with changes, its past booked; its code."""
    definition = {**SMALLEST, **changes}
    applied = tiers.apply_programme(definition=definition, actor=DESK, at=at)
    while tiers.run_backfill_chunk(programme_id=applied.programme.pk, at=at):
        pass
    assert tiers.finish_backfill(programme_id=applied.programme.pk, at=at)
    return applied.programme.code


def assess(as_of, at=None, code="levels"):
    """Assess a programme as of a day; the run."""
    at = at or day(as_of, 12)
    run = tiers.plan_assessment(code=code, as_of=datetime.fromisoformat(as_of).date(), actor=DESK, at=at)
    if run.state == "planned":
        tiers.start_assessment(run_id=run.pk, actor=DESK, at=at)
    while tiers.run_assessment_chunk(run_id=run.pk, at=at):
        pass
    tiers.finish_assessment(run_id=run.pk, at=at)
    run.refresh_from_db()
    return run


def command(name, *arguments, at=None):
    """What a command prints."""
    out = StringIO()
    with clock.moved_to(at or day("2026-06-01")):
        call_command(name, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def exported(as_of, code="levels"):
    """{member reference: [tier, growth, since, until]} at the start of a day."""
    lines = command("export_tiers", "--programme", code, "--as-of", as_of).splitlines()
    return {ref: rest for ref, *rest in (line.split(",") for line in lines[1:])}


@pytest.fixture(autouse=True)
def _till(request):
    """The channel refunds come from."""
    if "db" in request.fixturenames:
        ChannelFactory(code="till", name="Till")


@pytest.fixture
def programme_file(tmp_path):
    """Writes a programme's file: ``programme_file(window="lifetime")``; its path."""

    def write(**changes):
        path = tmp_path / "programme.json"
        path.write_text(json.dumps({**SMALLEST, **changes}, ensure_ascii=False))
        return str(path)

    return write
