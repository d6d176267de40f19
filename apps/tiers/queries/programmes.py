"""Programmes as their pages show them."""

from django.db.models import Count, Q

from apps.tiers.models import AssessmentRun, Programme, ProgrammeVersion, Standing

RUNS_SHOWN = 20


def programmes() -> list[Programme]:
    """All programmes with how many versions were published and whether there is a draft."""
    rows = Programme.objects.annotate(
        published=Count("versions", filter=Q(versions__published_at__isnull=False)),
        drafts=Count("versions", filter=Q(versions__published_at__isnull=True)),
    )
    return list(rows.order_by("pk"))


def draft_of(programme: Programme) -> ProgrammeVersion | None:
    return programme.versions.filter(published_at__isnull=True).first()


def newest_of(programme: Programme) -> ProgrammeVersion | None:
    """The version published last."""
    return programme.versions.filter(published_at__isnull=False).first()


def runs_of(programme: Programme) -> list[AssessmentRun]:
    """The newest assessments."""
    rows = AssessmentRun.objects.filter(programme=programme).select_related("version", "requested_by")
    return list(rows[:RUNS_SHOWN])


def members_by_level(programme: Programme) -> dict[str, int]:
    """{level code: members holding it}."""
    rows = Standing.objects.filter(programme=programme).values_list("level__code").annotate(n=Count("pk"))
    return dict(rows)
