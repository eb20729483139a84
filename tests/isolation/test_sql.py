"""No statement names another schema than the public one's own tables; so the search path alone decides whose rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

from staff.models import Role
from tests.isolation.filling import Filled
from tests.isolation.knocking import answers

ROOT = Path(__file__).parents[2]
SHOP, PUBLIC = "config.urls.shop", "config.urls.public"
# What stands in the public schema only, by qualified name.
SHARED = re.compile(r"public\.(tenants_\w+|ring_alarm|gather_rings)\b")
QUALIFIED = re.compile(r"(?<![\w.'@])\"?(public|t_[a-z]{16})\"?\.\"?(\w+)")
# Functions and triggers of the public schema are made there: its work is to name them.
BUILDERS = ("tenants/migrations/",)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The text of every statement that is executed meanwhile, without its values."""
    seen: list[str] = []

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql if isinstance(sql, str) else sql.as_string(None))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield seen


def foreign(sql: str) -> list[str]:
    """The names in a statement that reach out of the search path, without the ones that all may use."""
    return [".".join(found) for found in QUALIFIED.findall(SHARED.sub("", sql))]


def test_no_page_names_another_schema(theirs: Filled) -> None:
    client = theirs.client(Role.OWNER, "shopper", "asking")
    with statements() as seen:
        for _answer in answers(client, SHOP, ids=theirs, bearer=theirs, methods=("get", "post"), undo=True):
            pass
    assert len(seen) > 1000
    assert {name for sql in seen for name in foreign(sql)} == set()


def test_no_code_names_another_schema() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for app in {app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT}
        for path in (ROOT / app).rglob("*.py")
        if not str(path.relative_to(ROOT)).startswith(BUILDERS)
        for name in foreign(path.read_text())
        if name.startswith(("t_", "public.")) and not name.startswith("public.urls")
    }
    assert found == set()


def test_the_check_sees_another_schema() -> None:
    assert foreign('SELECT * FROM "t_abcdefghijklmnop"."customers_customer"') == [
        "t_abcdefghijklmnop.customers_customer"
    ]
    assert foreign("SELECT * FROM public.staff_user") == ["public.staff_user"]
    assert foreign("SELECT public.ring_alarm(%s, %s, %s), merchant.id FROM public.tenants_merchant merchant") == []
