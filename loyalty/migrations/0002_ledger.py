"""The ledger's verbs and the checks that guard its books, in SQL: see loyalty/sql and docs/ledger.md."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
FILES = [
    "guards",
    "members",
    "patronage",
    "settling",
    "notices",
    "earning",
    "taking_back",
    "spending",
    "redeeming",
    "correcting",
    "moving",
    "opening",
]


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [migrations.RunSQL([(SQL / f"{name}.sql").read_text()]) for name in FILES]
