import polib
import pytest
from django.core.management import CommandError, call_command

from apps.core.translation import catalogue
from apps.core.translation.catalogue import Fault, compare
from apps.core.translation.extract import Text, texts_of_python, texts_of_template, texts_under
from config import translations


def entry(message: str, words: str, plural: str = "", context: str | None = None, **more) -> polib.POEntry:
    if plural:
        more |= {"msgid_plural": plural, "msgstr_plural": {0: words}}
    return polib.POEntry(msgid=message, msgstr="" if plural else words, msgctxt=context, **more)


def test_texts_are_found_in_python_however_they_are_written():
    source = """
a = _("One")
b = gettext_lazy("Two "
                 "lines")
c = ngettext("%(n)s day", "%(n)s days", n)
d = pgettext("month", "May")
e = module.gettext("Through a module")
f = npgettext_lazy("in a queue", "one", "many", 3)
g = _(variable)
h = other("Not a text")
"""
    assert list(texts_of_python(source)) == [
        Text("One"),
        Text("Two lines"),
        Text("%(n)s day", plural="%(n)s days"),
        Text("May", context="month"),
        Text("Through a module"),
        Text("one", plural="many", context="in a queue"),
    ]


def test_texts_are_found_in_templates_as_django_asks_for_them():
    source = """
{% load i18n %}<p title="{% translate "A (bracketed) title" %}">{{ _("In a variable") }}</p>
{% blocktranslate trimmed with day=today %}
  Until {{ day }}
  and not %
{% endblocktranslate %}
{% blocktranslate count n=many %}{{ n }} point{% plural %}{{ n }} points{% endblocktranslate %}
{% translate "May" context "month" %}
{# _("in a comment") #}
"""
    assert set(texts_of_template(source)) == {
        Text("A (bracketed) title"),
        Text("In a variable"),
        Text("Until %(day)s and not %%"),
        Text("%(n)s point", plural="%(n)s points"),
        Text("May", context="month"),
    }


def test_a_folder_gives_its_code_and_templates_and_leaves_tests_and_migrations(tmp_path):
    for name in ("a.py", "migrations/0001.py", "tests/test_a.py", "templates/a.html", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        text = name if path.suffix == ".py" else ""
        path.write_text(f'_("{text}")' if text else '{% load i18n %}{% translate "page" %}')
    assert list(texts_under(tmp_path)) == [Text("a.py"), Text("page")]


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (None, "missing"),
        (entry("Hello %(name)s", ""), "missing"),
        (entry("Hello %(name)s", "你好 %(name)s", flags=["fuzzy"]), "fuzzy"),
        (entry("Hello %(name)s", "你好 %(nom)s"), "placeholders"),
        (entry("Hello %(name)s", "你好"), "placeholders"),
    ],
)
def test_what_keeps_a_text_from_being_translated_is_named(found, kind):
    text = Text("Hello %(name)s")
    entries = {text: found} if found else {}
    assert list(compare("zh_Hans", {text}, entries)) == [Fault("zh_Hans", kind, "Hello %(name)s")]


def test_a_translation_nobody_uses_any_more_is_named():
    gone = Text("Gone")
    assert list(compare("zh_Hans", set(), {gone: entry("Gone", "没了")})) == [
        Fault("zh_Hans", "obsolete", "Gone")
    ]


def test_a_plural_may_keep_its_number_out_of_one_form():
    text = Text("one day", plural="%(n)s days")
    assert list(compare("zh_Hans", {text}, {text: entry("one day", "%(n)s 天", plural="%(n)s days")})) == []


def test_a_text_with_a_context_is_another_text():
    plain, month = Text("May"), Text("May", context="month")
    found = {plain: entry("May", "可以"), month: entry("May", "五月", context="month")}
    assert list(compare("zh_Hans", {plain, month}, found)) == []


@pytest.fixture
def small_world(monkeypatch, settings, tmp_path):
    """A project of one file, and catalogues of its own."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "a.py").write_text('_("Zebra"), _("Apple")')
    monkeypatch.setattr(catalogue, "OURS", ("apps",))
    monkeypatch.setattr(catalogue, "PACKAGES", ())
    monkeypatch.setattr(translations, "LOCALE", tmp_path / "locale")
    catalogue.wanted.cache_clear()
    yield tmp_path
    catalogue.wanted.cache_clear()


def test_updating_keeps_what_was_translated_sorted_and_drops_the_rest(small_world):
    assert catalogue.update("zh_Hans") == (2, 0)
    path = catalogue.path_of("zh_Hans")
    book = polib.pofile(str(path))
    assert [row.msgid for row in book] == ["Apple", "Zebra"]
    book[0].msgstr = "苹果"
    book.save(newline="\n")
    (small_world / "apps" / "a.py").write_text('_("Apple"), _("Bear")')
    catalogue.wanted.cache_clear()
    assert catalogue.update("zh_Hans") == (1, 1)
    assert [(row.msgid, row.msgstr) for row in polib.pofile(str(path))] == [("Apple", "苹果"), ("Bear", "")]
    before = path.read_bytes()
    assert catalogue.update("zh_Hans") == (0, 0)
    assert path.read_bytes() == before


def test_the_check_fails_until_everything_is_translated(small_world, capsys):
    with pytest.raises(CommandError, match="4 texts"):
        call_command("messages", check=True)
    assert "zh_Hant: missing: 'Apple'" in capsys.readouterr().err
