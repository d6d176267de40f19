"""Plans and the policy: drafted, published once somebody approved, ended. What was published is kept."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from apps.core import audit
from apps.core.audit import Actor
from apps.core.money import format_fen
from apps.wallet.errors import PlanChanged, PlanMissing, PlanWrong
from apps.wallet.models import Policy, TopUpPlan


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan's wording. Amounts in fen; without ``gift_days`` the gift is valid for ever."""

    code: str
    name: str
    amount_fen: int
    gift_fen: int = 0
    gift_days: int | None = None
    store_ids: tuple[int, ...] = ()
    most_per_member: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """The terms of all stored value; see ``models.Policy``."""

    split: str
    named_cap_fen: int
    nameless_cap_fen: int
    cooling_days: int
    grace_days: int
    takes_any_amount: bool


@transaction.atomic
def draft_plan(*, terms: PlanTerms, actor: Actor, at: datetime) -> TopUpPlan:
    """Keep the wording as the draft of its code, a new one or instead of the one there is."""
    kept = {**asdict(terms), "store_ids": sorted(terms.store_ids)}
    draft = _draft(terms.code)
    if draft is None:
        last = TopUpPlan.objects.filter(code=terms.code).aggregate(last=Max("number"))["last"] or 0
        draft = TopUpPlan(number=last + 1, created_at=at, created_by_id=actor.staff_id)
    for name, value in kept.items():
        setattr(draft, name, value)
    draft.save()
    _audit("wallet.draft_plan", draft, actor, at)
    return draft


@transaction.atomic
def discard_draft(*, code: str, actor: Actor, at: datetime) -> None:
    """Throw the draft away. Raises PlanMissing."""
    draft = _open_draft(code)
    _audit("wallet.discard_plan", draft, actor, at)
    draft.delete()


@transaction.atomic
def publish_plan(*, terms: PlanTerms, actor: Actor, at: datetime) -> TopUpPlan:
    """Offer the drafted plan from its start, at once when that has passed; the version before ends then.

    Raises PlanMissing, PlanChanged (the draft says something else), PlanWrong.
    """
    draft = _open_draft(terms.code)
    if terms_of(draft) != terms:
        raise PlanChanged(terms.code)
    draft.starts_at = max(draft.starts_at or at, at)
    if draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        raise PlanWrong(terms.code)
    _end_open(terms.code, draft.starts_at)
    draft.published_at, draft.published_by_id = at, actor.staff_id
    draft.save()
    _audit("wallet.publish_plan", draft, actor, at)
    return draft


@transaction.atomic
def end_plan(*, code: str, actor: Actor, at: datetime) -> TopUpPlan:
    """Offer the plan no more. Raises PlanMissing."""
    versions = TopUpPlan.objects.select_for_update().filter(code=code, published_at__isnull=False)
    going_on = Q(ends_at__isnull=True) | (Q(ends_at__gt=at) & Q(ends_at__gt=F("starts_at")))
    last = versions.filter(going_on).order_by("-number").first()
    if last is None:
        raise PlanMissing(code)
    _end_open(code, at)
    _audit("wallet.end_plan", last, actor, at)
    return last


@transaction.atomic
def set_policy(*, terms: PolicyTerms, actor: Actor, at: datetime) -> Policy:
    """Put a policy in force from now on."""
    made = Policy.objects.create(**asdict(terms), starts_at=at, set_by_id=actor.staff_id)
    data = {"split": terms.split, "cap": format_fen(terms.named_cap_fen)}
    audit.record("wallet.set_policy", actor=actor, subject=("wallet.policy", made.pk), at=at, data=data)
    return made


def terms_of(plan: TopUpPlan) -> PlanTerms:
    """The wording of a plan."""
    names = PlanTerms.__dataclass_fields__
    return PlanTerms(**{name: getattr(plan, name) for name in names} | {"store_ids": tuple(plan.store_ids)})


def _draft(code: str) -> TopUpPlan | None:
    return TopUpPlan.objects.select_for_update().filter(code=code, published_at__isnull=True).first()


def _open_draft(code: str) -> TopUpPlan:
    draft = _draft(code)
    if draft is None:
        raise PlanMissing(code)
    return draft


def _end_open(code: str, moment: datetime) -> None:
    """Versions that go on beyond the moment end there; one that has not begun never does."""
    versions = TopUpPlan.objects.select_for_update().filter(code=code, published_at__isnull=False)
    for version in versions.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment)):
        version.ends_at = max(moment, version.starts_at)
        version.save(update_fields=["ends_at"])


def _audit(code: str, plan: TopUpPlan, actor: Actor, at: datetime) -> None:
    data = {
        "name": plan.name,
        "version": plan.number,
        "amount": format_fen(plan.amount_fen),
        "gift": format_fen(plan.gift_fen),
    }
    audit.record(code, actor=actor, subject=("wallet.plan", plan.code), at=at, data=data)
