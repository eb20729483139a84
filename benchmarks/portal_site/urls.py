"""A shop's addresses, and one for the limit: signed in, behind the same middleware, with a constant template."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from config.urls.shop import handler400, handler403, handler404, handler429, handler500
from config.urls.shop import urlpatterns as of_a_shop
from portal.sessions import ShopperRequest, shopper_required

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]


@require_safe
@shopper_required
def constant(request: ShopperRequest) -> HttpResponse:
    return render(request, "constant.html")


urlpatterns = [path("constant/", constant), *of_a_shop]
