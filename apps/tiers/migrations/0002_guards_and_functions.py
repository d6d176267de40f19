from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
  DROP FUNCTION tiers_move, tiers_join, tiers_growth;
  ALTER TABLE tiers_standing RESET (fillfactor);
  ALTER TABLE tiers_spell DROP CONSTRAINT tiers_spell_no_overlap;
  DROP TRIGGER tiers_programme_stamped ON tiers_programme;
  DROP TRIGGER tiers_programmeversion_stamped ON tiers_programmeversion;
  DROP FUNCTION tiers_published_is_kept CASCADE;"""


class Migration(migrations.Migration):
    """Published versions are kept, spells never overlap, and standings move in one call."""

    dependencies = [("tiers", "0001_initial_tables"), ("points", "0010_rulebook_stamp")]
    operations = [migrations.RunSQL((SQL / "0002_guards_and_functions.sql").read_text(), UNDO)]
