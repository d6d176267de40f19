"""Forms of rules and clearing. They read a wording from typed fields and check it; services write."""

from apps.points.forms.acts import (
    CompareForm,
    EndForm,
    NameForm,
    PlanForm,
    PublishForm,
    RevertForm,
    StartForm,
)
from apps.points.forms.books import ExtensionForm, UnitCostForm
from apps.points.forms.earning import EarningForm
from apps.points.forms.policies import ClearingForm, RefundForm, SpendingForm
from apps.points.forms.query import RuleQuery
from apps.points.forms.trial import LineForms, TrialForm, basket_of
from apps.points.forms.wording import WordingForm

WORDING_FORMS: dict[str, type[WordingForm]] = {
    form.spec_class.kind: form for form in (EarningForm, ClearingForm, SpendingForm, RefundForm)
}

__all__ = [
    "WORDING_FORMS",
    "CompareForm",
    "EarningForm",
    "EndForm",
    "ExtensionForm",
    "LineForms",
    "NameForm",
    "PlanForm",
    "PublishForm",
    "RevertForm",
    "RuleQuery",
    "StartForm",
    "TrialForm",
    "UnitCostForm",
    "WordingForm",
    "basket_of",
]
