"""Programmes in the back office. Forms check, services write."""

from apps.tiers.admin.programme import ProgrammeAdmin

__all__ = ["ProgrammeAdmin"]
