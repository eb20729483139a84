"""What a shop's host serves: the portal at its root, the backoffice, hooks."""

from django.conf import settings
from django.urls import include, path

from config import brand, language, styles
from config.urls.errors import handler400, handler403, handler404, handler429, handler500

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]

urlpatterns = [
    path("hooks/", include("storefront.urls")),  # first: looked up most often
    path("account/", include("staff.urls")),
    path("account/", include("allauth.urls")),
    path("backoffice/", include("backoffice.urls")),
    path("", include("api.urls")),
    path("language/", language.choose, name="language"),
    path("brand-<slug:digest>.css", brand.stylesheet, name="brand"),
    *([path("styles/", styles.page, name="styles")] if settings.DEBUG else []),
    path("", include("portal.widget.urls")),
    path("", include("portal.urls")),
]
