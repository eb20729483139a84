"""What can be seen in the frame of a store's page: the portal, and nothing of staff, hooks or API."""

from django.urls import include, path

from config import language
from config.urls.errors import handler400, handler403, handler404, handler429, handler500

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]

urlpatterns = [
    path("language/", language.choose, name="language"),
    path("", include("portal.urls")),
]
