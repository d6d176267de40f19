"""Extensions started before they were asked for get the record of having run without a person, and name it."""

from django.db import migrations

RECORD = """
WITH started AS (
  SELECT r.*, c.code, c.subject, c.is_undo
    FROM points_extensionrun r
    CROSS JOIN (VALUES ('points.extend', 'points.extension', false),
                       ('points.undo_extension', 'points.extension_undo', true)) AS c (code, subject, is_undo)
   WHERE r.started_at IS NOT NULL AND (NOT c.is_undo OR r.state IN ('undoing', 'undone'))
), noted AS (
  INSERT INTO core_approvalrequest (act, payload, payload_hash, plan, plan_hash, bar, subject_type, subject_id,
      reason, asked_by_name, asked_at, expires_at, state, basis, decided_by_name, decision_note, finished_at,
      result, difference, fault)
  SELECT s.code, jsonb_build_object('run', s.id), encode(sha256((s.code || s.id)::bytea), 'hex'),
         jsonb_build_object(
           'measure', jsonb_build_object('count', s.plan->'accounts', 'points', s.plan->'points', 'money_fen', 0),
           'facts', jsonb_build_object('until', s.until, 'reason', s.reason, 'accounts', s.plan->'accounts',
                                       'lots', s.plan->'lots', 'points', s.plan->'points'),
           'columns', '[]'::jsonb, 'examples', '[]'::jsonb),
         encode(sha256(('plan ' || s.code || s.id)::bytea), 'hex'), '{}'::jsonb, s.subject, s.id::text,
         left(s.reason, 200), 'before approvals', s.started_at, s.started_at + interval '24 hours',
         CASE WHEN s.is_undo THEN CASE s.state WHEN 'undone' THEN 'done' ELSE 'running' END
              WHEN s.state IN ('running', 'undone') THEN s.state ELSE 'done' END,
         'standing', '', '', CASE WHEN s.is_undo THEN s.undone_at ELSE s.finished_at END, '{}'::jsonb,
         '[]'::jsonb, ''
    FROM started s
  RETURNING id, subject_type, subject_id::bigint AS run_id
)
UPDATE points_extensionrun r
   SET request_id = (SELECT id FROM noted WHERE run_id = r.id AND subject_type = 'points.extension'),
       undo_request_id = (SELECT id FROM noted WHERE run_id = r.id AND subject_type = 'points.extension_undo')
 WHERE r.started_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0013_extensions_under_four_eyes"),
        ("core", "0006_reconciliations_named"),
    ]
    operations = [migrations.RunSQL(RECORD, migrations.RunSQL.noop)]
