"""The alarm clock's two functions, one round trip each, and the trail that refuses edits. See tenants/alarms.py."""

from django.db import migrations

# True when the alarm may have become due earlier than it was. The caller's transaction holds the first lock, shared,
# until it commits: a worker that cannot take it exclusively knows of work that it cannot see yet.
# Whoever fails to get the second lock leaves a note instead of waiting for another transaction to commit.
RING = """
CREATE FUNCTION public.ring_alarm(the_schema text, the_kind text, the_time timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    present timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(the_schema || '/' || the_kind, 0));
    SELECT due_at INTO present FROM public.tenants_alarm WHERE schema_name = the_schema AND kind = the_kind;
    IF present <= the_time THEN
        RETURN false;
    END IF;
    IF pg_try_advisory_xact_lock(hashtextextended(the_schema || '/' || the_kind, 1)) THEN
        INSERT INTO public.tenants_alarm AS alarm (schema_name, kind, due_at, failures, last_error)
        VALUES (the_schema, the_kind, the_time, 0, '')
        ON CONFLICT (schema_name, kind) DO UPDATE SET due_at = LEAST(alarm.due_at, excluded.due_at);
    ELSE
        INSERT INTO public.tenants_ring (schema_name, kind, due_at) VALUES (the_schema, the_kind, the_time);
    END IF;
    RETURN true;
END $$
"""

# Moves notes to their alarms, except where the alarm's row is still being written: those wait for the next time.
GATHER = """
CREATE FUNCTION public.gather_rings() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    noted record;
BEGIN
    FOR noted IN SELECT DISTINCT schema_name, kind FROM public.tenants_ring LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended(noted.schema_name || '/' || noted.kind, 1));
        WITH gone AS (
            DELETE FROM public.tenants_ring
            WHERE schema_name = noted.schema_name AND kind = noted.kind RETURNING due_at
        )
        INSERT INTO public.tenants_alarm AS alarm (schema_name, kind, due_at, failures, last_error)
        SELECT noted.schema_name, noted.kind, min(due_at), 0, '' FROM gone HAVING count(*) > 0
        ON CONFLICT (schema_name, kind) DO UPDATE SET due_at = LEAST(alarm.due_at, excluded.due_at);
    END LOOP;
END $$
"""

KEEP_TRAIL = [
    """
    CREATE FUNCTION public.refuse_trail_edit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the trail is append-only';
    END $$
    """,
    """
    CREATE TRIGGER trail_is_append_only BEFORE UPDATE OR DELETE ON public.tenants_trailentry
    FOR EACH ROW EXECUTE FUNCTION public.refuse_trail_edit()
    """,
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL([RING], ["DROP FUNCTION public.ring_alarm"]),
        migrations.RunSQL([GATHER], ["DROP FUNCTION public.gather_rings"]),
        migrations.RunSQL(
            KEEP_TRAIL,
            [
                "DROP TRIGGER trail_is_append_only ON public.tenants_trailentry",
                "DROP FUNCTION public.refuse_trail_edit",
            ],
        ),
    ]
