"""Whether somebody is known already, before they are added a second time."""

from __future__ import annotations

from django.db.models import Q

from customers.models import Customer, Identity


def known_by(*, email: str, phone: str) -> Customer | None:
    """The customer who proved this e-mail address or phone number (both normalised), else who stated it."""
    addresses = {Identity.Kind.EMAIL: email, Identity.Kind.PHONE: phone}
    proven, stated = Q(), Q()
    for kind, value in addresses.items():
        if value:
            proven |= Q(kind=kind, value=value)
            stated |= Q(**{kind.value: value})
    if not proven:
        return None
    identity = Identity.objects.filter(proven, source="").select_related("customer").first()
    return identity.customer if identity else Customer.objects.filter(stated).order_by("pk").first()
