"""What a schema consists of, as text that does not name the schema: for comparing two that must be alike."""

from __future__ import annotations

from django.db import connection

PARTS = {
    "columns": """
        SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || ' notnull=' || a.attnotnull || ' identity=' || a.attidentity::text || ' at=' || a.attnum
            || ' default=' || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = %(oid)s AND c.relkind IN ('r', 'v', 'm', 'S') AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            || ' deferred=' || condeferred || ' valid=' || convalidated
        FROM pg_constraint WHERE connamespace = %(oid)s
    """,
    "indexes": """
        SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = %(oid)s
    """,
    "triggers": """
        SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = %(oid)s AND NOT tgisinternal
    """,
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = %(oid)s",
    "sequences": """
        SELECT sequencename || ' ' || data_type || ' ' || increment_by || ' ' || start_value
        FROM pg_sequences WHERE schemaname = %(name)s
    """,
    "views": "SELECT viewname || ' ' || definition FROM pg_views WHERE schemaname = %(name)s",
    "migrations": "SELECT app || '.' || name FROM {schema}.django_migrations",
}


def catalogue(schema_name: str) -> dict[str, list[str]]:
    """The schema's parts, sorted, with its name written as SCHEMA."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::regnamespace::oid", [schema_name])
        values = {"oid": cursor.fetchone()[0], "name": schema_name}
        found = {}
        for part, sql in PARTS.items():
            cursor.execute(sql.replace("{schema}", schema_name), values)
            found[part] = sorted(text.replace(schema_name, "SCHEMA") for (text,) in cursor.fetchall())
    return found
