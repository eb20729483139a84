"""Opens the shop of the crash tests in an empty database, and prints what a sender needs: `python -m …crash_shop`."""

from __future__ import annotations

import json

import django


def open_shop() -> dict[str, str]:
    """A café with a programme and one connected store; beat sweeps every second instead of every few."""
    from django.utils import timezone
    from django_celery_beat.models import IntervalSchedule
    from django_tenants.utils import tenant_context

    from loyalty import programme
    from staff.actors import SYSTEM
    from storefront.stores import create_store
    from tenants import fleet
    from tenants.provisioning import provision

    now = timezone.now()
    fleet.migrate_fleet(at=now, pool_size=0)
    IntervalSchedule.objects.filter(period="seconds").update(every=1)
    cafe = provision(name="Crash", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=now)
    with tenant_context(cafe):
        programme.publish(programme.default_rules("KR", "KRW"), actor=SYSTEM, at=now)
        store, secret = create_store(kind="generic", name="Till", actor=SYSTEM, at=now)
    return {"schema": cafe.schema_name, "host": cafe.host, "path": f"/hooks/{store.public_id}/", "secret": secret}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(open_shop()))
