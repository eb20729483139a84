"""No shop ever sees another's: connections, threads, savepoints, caches, limits, files, logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import tenant_context

from config import limits
from config.logs import add_tenant
from staff.models import Role, User
from tenants.models import Merchant
from tests.conftest import client_of, staff_of
from tests.threads import threads

pytestmark = pytest.mark.django_db

ROUNDS, THREADS = 30, 8


def emails() -> set[str]:
    return set(User.objects.values_list("email", flat=True))


@pytest.fixture
def two_owners(cafe: Merchant, bikes: Merchant) -> dict[str, User]:
    return {merchant.slug: staff_of(merchant, Role.OWNER) for merchant in (cafe, bikes)}


@pytest.mark.django_db(transaction=True)
def test_threads_that_change_shops_see_only_theirs(
    cafe: Merchant, bikes: Merchant, two_owners: dict[str, User]
) -> None:
    def look(merchant: Merchant, other: Merchant) -> bool:
        right = True
        for _ in range(ROUNDS):
            with tenant_context(merchant), transaction.atomic():
                right &= emails() == {two_owners[merchant.slug].email}
                with tenant_context(other):
                    right &= emails() == {two_owners[other.slug].email}
                right &= emails() == {two_owners[merchant.slug].email}
        return right

    with threads(THREADS) as at_once:
        pairs = [(cafe, bikes), (bikes, cafe)] * (THREADS // 2)
        looks = [at_once.start(look, *pair) for pair in pairs]
        assert all(each.result(60) for each in looks)


@pytest.mark.django_db(transaction=True)
def test_requests_in_threads_get_their_own_shop(cafe: Merchant, bikes: Merchant, two_owners: dict[str, User]) -> None:
    clients = [(client_of(merchant, two_owners[merchant.slug]), merchant) for merchant in (cafe, bikes)]

    def browse(client: Client, merchant: Merchant) -> set[int]:
        seen = set()
        for _ in range(5):
            response = client.get("/account/sessions/")
            assert response.wsgi_request.tenant.pk == merchant.pk
            assert response.wsgi_request.user.email == two_owners[merchant.slug].email  # type: ignore[union-attr]
            seen.add(response.status_code)
        return seen

    with threads(THREADS) as at_once:
        browsing = [at_once.start(browse, *pair) for pair in clients * (THREADS // 2)]
        assert all(each.result(60) == {200} for each in browsing)


def test_a_savepoint_that_is_rolled_back_leaves_no_other_shop_behind(
    cafe: Merchant, bikes: Merchant, two_owners: dict[str, User]
) -> None:
    """django-tenants before 4.0.1 returned the other tenant's rows here (its issue 1262)."""
    with tenant_context(cafe), transaction.atomic():
        assert emails() == {two_owners["cafe"].email}
        with transaction.atomic():
            connection.set_tenant(bikes)
            assert emails() == {two_owners["bikes"].email}
            transaction.set_rollback(True)
        connection.set_tenant(cafe)
        assert emails() == {two_owners["cafe"].email}


def test_after_a_rolled_back_savepoint_the_active_shop_is_the_one_asked_for(
    cafe: Merchant, bikes: Merchant, two_owners: dict[str, User]
) -> None:
    with tenant_context(cafe), transaction.atomic():
        emails()
        with transaction.atomic():
            connection.set_tenant(bikes)
            emails()
            transaction.set_rollback(True)
        assert connection.schema_name == bikes.schema_name
        assert emails() == {two_owners["bikes"].email}


def test_a_queryset_is_of_the_shop_that_evaluates_it(
    cafe: Merchant, bikes: Merchant, two_owners: dict[str, User]
) -> None:
    """Why no function hands a queryset out of a tenant_context block."""
    with tenant_context(cafe):
        lazy = User.objects.all()
    with tenant_context(bikes):
        assert [user.email for user in lazy] == [two_owners["bikes"].email]


def test_a_new_thread_starts_in_public(in_cafe: Merchant) -> None:
    with threads() as at_once:
        assert at_once.start(lambda: connection.schema_name).result(10) == "public"


def test_a_cached_value_stays_in_its_shop(cafe: Merchant, bikes: Merchant) -> None:
    with tenant_context(cafe):
        cache.set("balance", 100)
    with tenant_context(bikes):
        assert cache.get("balance") is None


def test_a_rate_limit_counts_each_shop_by_itself(cafe: Merchant, bikes: Merchant) -> None:
    with tenant_context(cafe):
        assert [limits.exceeded("code", "a", limit=1, seconds=60) for _ in range(2)] == [False, True]
    with tenant_context(bikes):
        assert not limits.exceeded("code", "a", limit=1, seconds=60)


def test_a_file_stays_in_its_shop(cafe: Merchant, bikes: Merchant) -> None:
    with tenant_context(cafe):
        name = default_storage.save("logo.txt", ContentFile(b"logo"))
    with tenant_context(bikes):
        assert not default_storage.exists(name)
    assert (Path(settings.MEDIA_ROOT) / cafe.schema_name / name).exists()


def test_a_file_name_cannot_climb_into_another_shop(cafe: Merchant, bikes: Merchant) -> None:
    from django.core.exceptions import SuspiciousFileOperation

    with tenant_context(cafe), pytest.raises(SuspiciousFileOperation):
        default_storage.open(f"../{bikes.schema_name}/logo.txt")


def test_a_log_line_names_its_shop(in_cafe: Merchant) -> None:
    assert add_tenant(None, "info", {})["tenant"] == in_cafe.schema_name


def test_no_table_of_a_shop_refers_to_another_schema(cafe: Merchant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.conname FROM pg_constraint c
            JOIN pg_class f ON f.oid = c.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace
            WHERE c.connamespace = %s::regnamespace AND n.nspname <> %s
            """,
            [cafe.schema_name] * 2,
        )
        assert cursor.fetchall() == []


def test_a_shop_has_at_most_forty_tables(cafe: Merchant) -> None:
    with connection.cursor() as cursor:
        # Besides Django's own list of migrations, which belongs to no room.
        named = "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename <> 'django_migrations'"
        cursor.execute(named, [cafe.schema_name])
        assert cursor.fetchone()[0] <= 40


def test_no_code_enters_a_tenant_in_the_way_threads_share() -> None:
    """`with merchant:` restores what another thread entered; only tenant_context is safe."""
    root = Path(__file__).parents[2]
    rooms = ["tenants", "staff", "customers", "storefront", "loyalty", "backoffice", "portal"]
    sources = [path for room in rooms for path in (root / room).rglob("*.py")]
    assert sources
    wrong = [path for path in sources if "with merchant:" in path.read_text() or ".activate()\n" in path.read_text()]
    assert wrong == []
