"""What the installation's own host serves: the public site, sign-up, and the operator's admin."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from config import language, outbox, styles
from config.urls.errors import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("operator/", include("tenants.urls")),
    # The operator has no backoffice: pages that both kinds of hosts share lead there.
    path("backoffice/", RedirectView.as_view(url="/operator/")),
    path("account/", include("staff.urls")),
    path("account/", include("allauth.urls")),
    path("language/", language.choose, name="language"),
    path("outbox/", outbox.page, name="outbox"),
    *([path("styles/", styles.page, name="styles")] if settings.DEBUG else []),
    path("", include("welcome.urls")),
]
