"""Addresses of a storefront's past, and of the agreement between both sides."""

from django.urls import path

from backoffice.pages import agreement, history

STORE = "storefronts/<slug:public_id>/"

urlpatterns = [
    path(f"{STORE}history/", history.page, name="store_history"),
    path(f"{STORE}history/start/", history.start, name="store_history_start"),
    path(f"{STORE}history/count/", history.count, name="store_past_count"),
    path(f"{STORE}history/past/<int:pk>/<slug:what>/", history.past, name="store_past"),
    path(f"{STORE}pulls/<int:pk>/<slug:what>/", history.act, name="store_pull"),
    path(f"{STORE}agreement/", agreement.page, name="store_agreement"),
    path(f"{STORE}agreement/compare/", agreement.compare, name="store_compare"),
    path(f"{STORE}agreement/dry-run/", agreement.dry_run, name="store_dry_run"),
    path(f"{STORE}agreement/repair/", agreement.repair, name="store_repair"),
    path(f"{STORE}agreement/leave/", agreement.leave, name="store_leave"),
    path(f"{STORE}agreement/<int:pk>/<slug:what>/", agreement.decide, name="store_decide"),
]
