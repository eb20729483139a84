"""The backoffice's addresses. Staff, settings and the audit trail bring their own in urls_office.py."""

from django.urls import path

from backoffice.pages import (
    customer,
    customers,
    deliveries,
    home,
    orders,
    points,
    poster,
    programme,
    setup,
    store,
    stores,
)
from backoffice.urls_office import urlpatterns as office
from backoffice.urls_webhooks import urlpatterns as webhooks

app_name = "backoffice"
urlpatterns = [
    path("", home.page, name="home"),
    path("setup/dismiss/", setup.dismiss, name="setup_dismiss"),
    path("setup/<slug:step>/", setup.visit, name="setup_visit"),
    path("poster/", poster.page, name="poster"),
    path("customers/", customers.page, name="customers"),
    path("customers/new/", customers.new, name="customer_new"),
    path("customers/<int:pk>/", customer.page, name="customer"),
    path("customers/<int:pk>/edit/", customer.edit, name="customer_edit"),
    path("customers/<int:pk>/adjust/", points.adjust, name="customer_adjust"),
    path("customers/<int:pk>/notes/", customer.note, name="customer_note"),
    path("points/<int:journal>/undo/", points.undo, name="points_undo"),
    path("orders/", orders.page, name="orders"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("programme/", programme.page, name="programme"),
    path("programme/edit/", programme.edit, name="programme_edit"),
    path("programme/preview/", programme.preview, name="programme_preview"),
    path("programme/versions/<int:number>/", programme.version, name="programme_version"),
    path("storefronts/", stores.page, name="stores"),
    path("storefronts/new/", stores.new, name="store_new"),
    path("storefronts/<slug:public_id>/", store.page, name="store"),
    path("storefronts/<slug:public_id>/rotate/", store.rotate, name="store_rotate"),
    path("storefronts/<slug:public_id>/disconnect/", store.disconnect, name="store_disconnect"),
    path("deliveries/", deliveries.page, name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("deliveries/<int:pk>/replay/", deliveries.replay, name="delivery_replay"),
    *office,
    *webhooks,
]
