"""The second factor of an account: enrolled by its owner, asked at sign-in, reset by an administrator.

The database has the last word: a code's step moves forward in the locked row, so no code is taken twice;
five wrong ones in a row pause the account's codes for a quarter of an hour, whichever server heard them.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from apps.core import audit, sealing
from apps.core.audit import Actor
from apps.stores import rules
from apps.stores.errors import AlreadyEnrolled, CodesPaused, NotEnrolled, SecondFactorError, WrongCode
from apps.stores.models import RecoveryCode, SecondFactor, Staff
from apps.stores.services.granting import require_may_manage

WRONG_IN_A_ROW = 5
PAUSE = timedelta(minutes=15)


@transaction.atomic
def enrol_second_factor(*, staff_id: int, secret: bytes, code: str, actor: Actor, at: datetime) -> list[str]:
    """Make this secret the account's once a code of it was typed; the recovery codes, told only now.

    Raises WrongCode, AlreadyEnrolled.
    """
    step = rules.matching_step(secret, code, at)
    if step is None:
        raise WrongCode
    sealed = sealing.seal(secret.hex())
    factor = SecondFactor(staff_id=staff_id, secret_sealed=sealed, last_step=step, enrolled_at=at)
    try:
        with transaction.atomic():
            factor.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyEnrolled from error
    _record("stores.enrol_second_factor", factor.staff, actor=actor, at=at)
    return _fresh_recovery_codes(factor)


def pass_second_factor(*, staff_id: int, code: str, at: datetime) -> None:
    """Take a code of the app, or a recovery code, of this account.

    Raises NotEnrolled, WrongCode, CodesPaused; a wrong code counts.
    """
    refusal = _try(staff_id, code, at)
    if refusal is not None:
        raise refusal


@transaction.atomic
def renew_recovery_codes(*, staff_id: int, actor: Actor, at: datetime) -> list[str]:
    """New recovery codes instead of all old ones. Raises NotEnrolled."""
    factor = _locked(staff_id)
    if factor is None:
        raise NotEnrolled
    factor.recovery_codes.all().delete()
    _record("stores.renew_recovery_codes", factor.staff, actor=actor, at=at)
    return _fresh_recovery_codes(factor)


@transaction.atomic
def reset_second_factor(*, staff_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Take the second factor off an account and end its sessions; it enrols anew at its next sign-in.

    Raises NotEnrolled, RoleAboveOwn.
    """
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff_id)
    require_may_manage(actor, staff)
    factor = _locked(staff_id)
    if factor is None:
        raise NotEnrolled
    factor.delete()
    _end_sessions(staff)
    _record("stores.reset_second_factor", staff, actor=actor, at=at, reason=reason)


@transaction.atomic
def end_sessions(*, staff_id: int, actor: Actor, at: datetime) -> Staff:
    """Sign an account out everywhere. Raises RoleAboveOwn."""
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff_id)
    require_may_manage(actor, staff)
    _end_sessions(staff)
    _record("stores.end_sessions", staff, actor=actor, at=at)
    return staff


def enrol_demo_account(*, staff_id: int, at: datetime) -> None:
    """Give a demo account the second factor whose codes the sign-in page tells."""
    sealed = sealing.seal(rules.DEMO_SECRET.hex())
    SecondFactor.objects.get_or_create(
        staff_id=staff_id, defaults={"secret_sealed": sealed, "enrolled_at": at}
    )


@transaction.atomic
def _try(staff_id: int, code: str, at: datetime) -> SecondFactorError | None:
    factor = _locked(staff_id)
    if factor is None:
        return NotEnrolled()
    if factor.paused_until and at < factor.paused_until:
        return CodesPaused(factor.paused_until)
    if _takes_step(factor, code, at) or _takes_recovery_code(factor, code, at):
        return None
    return _count_failure(factor, at)


def _takes_step(factor: SecondFactor, code: str, at: datetime) -> bool:
    secret = bytes.fromhex(sealing.unseal(factor.secret_sealed))
    step = rules.matching_step(secret, code, at, after=factor.last_step)
    if step is None:
        return False
    _forgive(factor, last_step=step)
    return True


def _takes_recovery_code(factor: SecondFactor, code: str, at: datetime) -> bool:
    unused = factor.recovery_codes.filter(code_hash=_hash(factor.pk, code), used_at=None)
    if not unused.update(used_at=at):
        return False
    _forgive(factor)
    left = factor.recovery_codes.filter(used_at=None).count()
    _record("stores.use_recovery_code", factor.staff, actor=factor.staff.as_actor(), at=at, left=left)
    return True


def _forgive(factor: SecondFactor, **changes: int) -> None:
    for name, value in {"failures": 0, "paused_until": None, **changes}.items():
        setattr(factor, name, value)
    factor.save()


def _count_failure(factor: SecondFactor, at: datetime) -> SecondFactorError:
    factor.failures += 1
    if factor.failures < WRONG_IN_A_ROW:
        factor.save()
        return WrongCode()
    factor.failures, factor.paused_until = 0, at + PAUSE
    factor.save()
    _record("stores.pause_codes", factor.staff, actor=factor.staff.as_actor(), at=at)
    return CodesPaused(factor.paused_until)


def _locked(staff_id: int) -> SecondFactor | None:
    return SecondFactor.objects.select_for_update().filter(pk=staff_id).first()


def _fresh_recovery_codes(factor: SecondFactor) -> list[str]:
    codes = rules.new_recovery_codes()
    rows = [RecoveryCode(factor=factor, code_hash=_hash(factor.pk, code)) for code in codes]
    RecoveryCode.objects.bulk_create(rows)
    return codes


def _hash(staff_id: int, code: str) -> bytes:
    return sealing.blind_index(f"recovery:{staff_id}:{rules.plain(code)}")


def _end_sessions(staff: Staff) -> None:
    staff.sessions_ended += 1
    staff.save(update_fields=["sessions_ended"])


def _record(code: str, staff: Staff, *, actor: Actor, at: datetime, **data: object) -> None:
    data = {"username": staff.username, **data}
    audit.record(code, actor=actor, subject=("staff", staff.pk), at=at, data=data)
