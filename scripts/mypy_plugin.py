"""What django-tenants adds at run time and django-stubs cannot know: `request.tenant`, `connection.schema_name` …

(django-tenants' own plugin declares it for subclasses of HttpRequest only, not for HttpRequest.)
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import ClassDefContext, Plugin
from mypy.types import AnyType, TypeOfAny

ADDED = {
    "django.http.request.HttpRequest": ("tenant", "id"),
    "django.db.backends.base.base.BaseDatabaseWrapper": (
        "tenant", "schema_name", "set_tenant", "set_schema", "set_schema_to_public",
    ),
}  # fmt: skip


class TenancyPlugin(Plugin):
    """Adds the attributes, of any type, to the two classes themselves."""

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _add if fullname in ADDED else None


def _add(context: ClassDefContext) -> None:
    info = context.cls.info
    for name in ADDED[info.fullname]:
        variable = Var(name, AnyType(TypeOfAny.explicit))
        variable.info = info
        variable._fullname = f"{info.fullname}.{name}"
        info.names[name] = SymbolTableNode(MDEF, variable)


def plugin(version: str) -> type[Plugin]:
    return TenancyPlugin
