"""Rules and clearing in the back office. Forms check, services write."""

from apps.points.admin.adjusting import AdjustmentAdmin, AdjustmentLimitAdmin, AdjustmentReasonAdmin
from apps.points.admin.clearing import ClearingRunAdmin
from apps.points.admin.costs import UnitCostAdmin
from apps.points.admin.extensions import ExtensionRunAdmin
from apps.points.admin.liability import ClosedMonthAdmin
from apps.points.admin.lists import MassAwardAdmin
from apps.points.admin.rule import RuleAdmin

__all__ = [
    "AdjustmentAdmin",
    "AdjustmentLimitAdmin",
    "AdjustmentReasonAdmin",
    "ClearingRunAdmin",
    "ClosedMonthAdmin",
    "ExtensionRunAdmin",
    "MassAwardAdmin",
    "RuleAdmin",
    "UnitCostAdmin",
]
