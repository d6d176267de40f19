"""Members who don't exist: valid, findable, the same on every empty database; and the timings on them."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core import clock, invariants, sealing
from apps.members import names, numbers, phones
from apps.members import services as members
from apps.members.invariants import INVARIANTS
from apps.members.models import Identity, Member
from apps.members.services import generating
from apps.stores.models import Staff

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def test_generated_members_are_like_real_ones(monkeypatch, administrator):
    monkeypatch.setattr(generating, "CHUNK", 40)
    assert run("generate_members", "100")["created"] == 100
    assert Member.objects.count() == 100
    assert not invariants.check(INVARIANTS)
    for member in Member.objects.all()[:10]:
        phone = sealing.unseal(member.phone_sealed)
        assert numbers.is_valid(member.number)
        assert phones.normalise(phone) == phone
        assert phone == generating.phone_of(int(member.number[1:-1]))
        assert members.find(administrator, phone, None, at=clock.now()) == [member]
    assert Identity.objects.count() == 40


def test_a_second_lot_does_not_collide(monkeypatch):
    run("generate_members", "30")
    run("generate_members", "30")
    assert Member.objects.count() == 60


def test_generated_phones_and_names_differ():
    assert len({generating.phone_of(serial) for serial in range(20_000)}) == 20_000
    found = {names.name_of(serial) for serial in range(20_000)}
    assert len(found) > 10_000
    assert any(name.startswith("欧阳") for name in found)


def test_timings_are_told_and_leave_nobody_behind(monkeypatch, settings):
    settings.SECOND_FACTOR_REQUIRED = True  # as wherever members are counted by the million
    monkeypatch.setattr(generating, "STORES", 2)
    run("generate_members", "60")
    facts = run("bench_members", "--runs", "2")
    assert facts["members"] == 60
    assert {timing["as"] for timing in facts["timings"]} == {"clerk", "brand", "pages"}
    assert all(timing["median"] > 0 for timing in facts["timings"])
    assert not Staff.objects.filter(username__startswith="bench").exists()


def test_timings_need_members():
    with pytest.raises(CommandError) as failure:
        run("bench_members")
    assert failure.value.returncode == 2
