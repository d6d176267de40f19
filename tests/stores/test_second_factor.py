"""Codes: of RFC 6238, good once, paused after too many wrong ones; enrolment, recovery and reset."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core import sealing
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.stores import queries, rules, services
from apps.stores.errors import AlreadyEnrolled, CodesPaused, NotEnrolled, RoleAboveOwn, WrongCode
from apps.stores.models import RecoveryCode, SecondFactor

AT = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
RFC_SECRET = b"12345678901234567890"
SECRET = b"s" * 20


def code(after=0, secret=SECRET):
    """What the phone shows ``after`` seconds past noon."""
    return rules.code_of(secret, rules.step_of(AT + timedelta(seconds=after)))


def enrolled(staff):
    by = {"actor": staff.as_actor(), "at": AT}
    return services.enrol_second_factor(staff_id=staff.pk, secret=SECRET, code=code(), **by)


def passes(staff, typed, after=60):
    services.pass_second_factor(staff_id=staff.pk, code=typed, at=AT + timedelta(seconds=after))


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, digits):
    at = datetime.fromtimestamp(seconds, UTC)
    assert rules.code_of(RFC_SECRET, rules.step_of(at)) == digits


def test_a_phone_may_go_wrong_by_half_a_minute_and_no_more():
    step = rules.step_of(AT)
    found = [rules.matching_step(SECRET, rules.code_of(SECRET, step + off), AT) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, step - 1, step, step + 1, None]


def test_blanks_dashes_and_full_width_digits_are_read():
    assert rules.plain(" 12３-4 56 ") == "123456"
    assert rules.plain("abcde-fghjk") == "ABCDEFGHJK"


def test_the_address_of_an_enrolment_names_account_and_secret():
    uri = rules.enrolment_uri(RFC_SECRET, account="王 店长", issuer="Laurel")
    expected = "otpauth://totp/Laurel:%E7%8E%8B%20%E5%BA%97%E9%95%BF"
    assert uri == f"{expected}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Laurel"


@pytest.mark.django_db
class TestEnrolling:
    def test_a_right_code_enrols_and_hands_out_ten_recovery_codes(self, manager):
        codes = enrolled(manager)
        assert len(set(codes)) == 10
        assert {len(code) for code in codes} == {11}
        assert RecoveryCode.objects.filter(factor__staff=manager, used_at=None).count() == 10
        entry = AuditEntry.objects.latest("pk")
        assert (entry.code, entry.subject_id) == ("stores.enrol_second_factor", str(manager.pk))

    def test_nothing_readable_is_kept(self, manager):
        codes = enrolled(manager)
        factor = SecondFactor.objects.get()
        assert SECRET not in bytes(factor.secret_sealed)
        assert SECRET.hex().encode() not in bytes(factor.secret_sealed)
        assert sealing.unseal(factor.secret_sealed) == SECRET.hex()
        kept = {bytes(row.code_hash) for row in RecoveryCode.objects.all()}
        assert not any(code.encode() in kept for code in codes)

    def test_a_wrong_code_enrols_nobody(self, manager):
        with pytest.raises(WrongCode):
            services.enrol_second_factor(
                staff_id=manager.pk, secret=SECRET, code="000000", actor=manager.as_actor(), at=AT
            )
        assert not SecondFactor.objects.exists()

    def test_it_is_not_enrolled_over(self, manager):
        enrolled(manager)
        with pytest.raises(AlreadyEnrolled):
            enrolled(manager)
        assert RecoveryCode.objects.count() == 10


@pytest.mark.django_db
class TestPassing:
    def test_the_next_code_passes_and_never_again(self, manager):
        enrolled(manager)
        passes(manager, code(60))
        with pytest.raises(WrongCode):
            passes(manager, code(60))

    def test_the_code_of_the_enrolment_is_used_up(self, manager):
        enrolled(manager)
        with pytest.raises(WrongCode):
            passes(manager, code(0), after=10)

    def test_an_older_code_than_the_last_is_refused(self, manager):
        enrolled(manager)
        passes(manager, code(90), after=90)
        with pytest.raises(WrongCode):
            passes(manager, code(60), after=90)

    def test_a_recovery_code_passes_once_however_it_is_typed(self, manager):
        spare = enrolled(manager)[3]
        passes(manager, spare.lower().replace("-", " "))
        with pytest.raises(WrongCode):
            passes(manager, spare)
        assert RecoveryCode.objects.filter(used_at=None).count() == 9
        entry = AuditEntry.objects.latest("pk")
        assert (entry.code, entry.data["left"]) == ("stores.use_recovery_code", 9)

    def test_another_accounts_recovery_code_is_wrong(self, manager, operations):
        spare = enrolled(manager)[0]
        enrolled(operations)
        with pytest.raises(WrongCode):
            passes(operations, spare)

    def test_five_wrong_codes_pause_even_the_right_one(self, manager):
        enrolled(manager)
        for _ in range(4):
            with pytest.raises(WrongCode):
                passes(manager, "000000")
        with pytest.raises(CodesPaused) as refusal:
            passes(manager, "000000")
        assert refusal.value.until == AT + timedelta(seconds=60, minutes=15)
        with pytest.raises(CodesPaused):
            passes(manager, code(60))
        late = 60 + 15 * 60
        passes(manager, code(late), after=late)
        assert AuditEntry.objects.filter(code="stores.pause_codes").count() == 1

    def test_a_right_code_forgives_the_wrong_ones(self, manager):
        enrolled(manager)
        for _ in range(4):
            with pytest.raises(WrongCode):
                passes(manager, "000000")
        passes(manager, code(60))
        assert SecondFactor.objects.get().failures == 0

    def test_who_has_none_passes_none(self, manager):
        with pytest.raises(NotEnrolled):
            passes(manager, "000000")


@pytest.mark.django_db
class TestAfterwards:
    def test_new_recovery_codes_replace_the_old(self, manager):
        old = enrolled(manager)[0]
        new = services.renew_recovery_codes(staff_id=manager.pk, actor=manager.as_actor(), at=AT)
        with pytest.raises(WrongCode):
            passes(manager, old)
        passes(manager, new[0])

    def test_a_reset_takes_it_off_ends_the_sessions_and_says_why(self, manager, administrator):
        enrolled(manager)
        by = {"actor": administrator.as_actor(), "at": AT}
        before = manager.get_session_auth_hash()
        services.reset_second_factor(staff_id=manager.pk, reason="phone lost", **by)
        manager.refresh_from_db()
        assert not SecondFactor.objects.exists()
        assert manager.get_session_auth_hash() != before
        entry = AuditEntry.objects.latest("pk")
        assert (entry.code, entry.data["reason"]) == ("stores.reset_second_factor", "phone lost")

    def test_nobody_resets_the_factor_of_a_higher_role(self, manager, administrator):
        enrolled(administrator)
        with pytest.raises(RoleAboveOwn):
            services.reset_second_factor(
                staff_id=administrator.pk, reason="mine now", actor=manager.as_actor(), at=AT
            )
        assert SecondFactor.objects.count() == 1

    def test_the_demo_tells_its_own_codes_and_nobody_elses(self, manager, operations):
        from_phone = enrolled(manager)
        services.enrol_demo_account(staff_id=operations.pk, at=AT)
        factors = SecondFactor.objects.in_bulk()
        assert from_phone
        assert told(factors[manager.pk]) == ""
        passes(operations, told(factors[operations.pk]), after=0)

    def test_a_job_may_reset(self, manager):
        enrolled(manager)
        services.reset_second_factor(staff_id=manager.pk, reason="drill", actor=Actor("drill"), at=AT)
        assert not SecondFactor.objects.exists()


def told(factor):
    return queries.demo_code(factor, AT)
