"""What the forms of all kinds share: from a spec to fields and back, problems put at their field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from apps.points import rules, sentences


@dataclass(frozen=True)
class Section:
    """Fields that belong together; shown folded when none of them says anything."""

    title: Any
    fields: list[forms.BoundField]
    is_open: bool


class WordingForm(forms.Form):
    """One field per field of the spec, by the same name."""

    spec_class: ClassVar[type]
    sections: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]]

    @classmethod
    def of(cls, spec: rules.Spec) -> "WordingForm":
        """The form filled with a wording."""
        return cls(initial={name: getattr(spec, name) for name in cls.base_fields})

    def spec(self) -> rules.Spec:
        """The wording filled in; the form must be valid."""
        return self._spec

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            self._spec = self.spec_class(**{name: value for name, value in data.items() if value is not None})
            for field, code in self._spec.problems():
                self.add_error(field if field in self.fields else None, sentences.problem_text(code))
        return data

    def grouped(self) -> Iterator[Section]:
        """The fields by section, the first always open."""
        usual = self.spec_class()
        for number, (title, names) in enumerate(self.sections):
            says = any(self.errors.get(name) or self._value(name, usual) for name in names)
            yield Section(title, [self[name] for name in names], number == 0 or says)

    def _value(self, name: str, usual: rules.Spec) -> bool:
        """Whether the field says something else than usual."""
        if self.is_bound:
            return bool(self.data.getlist(name) if hasattr(self.data, "getlist") else self.data.get(name))
        return self.initial.get(name, getattr(usual, name)) != getattr(usual, name)
