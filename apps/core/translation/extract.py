"""The texts to translate, read out of Python and templates without the gettext tools.

Python is parsed, so a text is found however it is written over lines. A template is first turned into
calls by Django itself.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL_IN_CONTEXT = {"npgettext", "npgettext_lazy"}
CALLS = SINGULAR | PLURAL | IN_CONTEXT | PLURAL_IN_CONTEXT
_CALL_START = re.compile(r"(?<![\w.])(?:{})\(".format("|".join(sorted(CALLS))))


@dataclass(frozen=True, order=True)
class Text:
    """A text as gettext knows it: the msgid, its plural and its context, empty when it has none."""

    message: str
    plural: str = ""
    context: str = ""


def texts_under(folder: Path) -> Iterator[Text]:
    """Every text of the Python files and templates under a folder, tests and migrations aside."""
    for path in sorted(folder.rglob("*")):
        if {"migrations", "tests", "__pycache__"} & set(path.relative_to(folder).parts):
            continue
        if path.suffix == ".py":
            yield from texts_of_python(path.read_text())
        elif path.suffix == ".html" or path.suffixes[-2:] == [".html", ".tmpl"]:
            yield from texts_of_template(path.read_text())


def texts_of_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _text_of_call(node)


def texts_of_template(source: str) -> Iterator[Text]:
    calls = templatize(source)
    for start in _CALL_START.finditer(calls):
        yield from texts_of_python(_whole_call(calls, start.start()))


def _whole_call(calls: str, start: int) -> str:
    """The call that begins here: up to the first bracket with which it parses."""
    end = calls.find(")", start)
    while end >= 0:
        candidate = calls[start : end + 1]
        if _parses(candidate):
            return candidate
        end = calls.find(")", end + 1)
    return ""


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def _text_of_call(call: ast.Call) -> Iterator[Text]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name in SINGULAR and len(words) >= 1:
        yield Text(words[0])
    elif name in PLURAL and len(words) >= 2:
        yield Text(words[0], plural=words[1])
    elif name in IN_CONTEXT and len(words) >= 2:
        yield Text(words[1], context=words[0])
    elif name in PLURAL_IN_CONTEXT and len(words) >= 3:
        yield Text(words[1], plural=words[2], context=words[0])
