"""The backoffice's addresses. Staff, settings and the audit trail bring their own in urls_office.py."""

from django.urls import path

from backoffice.pages import (
    allowing,
    connecting,
    customer,
    customers,
    deliveries,
    developers,
    home,
    merging,
    orders,
    person,
    points,
    poster,
    setup,
    store,
    stores,
    views,
    widget,
)
from backoffice.urls_agreement import urlpatterns as agreement
from backoffice.urls_claims import urlpatterns as claims
from backoffice.urls_office import urlpatterns as office
from backoffice.urls_programme import urlpatterns as programme
from backoffice.urls_rewards import urlpatterns as rewards
from backoffice.urls_till import urlpatterns as till
from backoffice.urls_webhooks import urlpatterns as webhooks

app_name = "backoffice"
urlpatterns = [
    path("", home.page, name="home"),
    path("setup/dismiss/", setup.dismiss, name="setup_dismiss"),
    path("setup/<slug:step>/", setup.visit, name="setup_visit"),
    path("poster/", poster.page, name="poster"),
    path("customers/", customers.page, name="customers"),
    path("customers/new/", customers.new, name="customer_new"),
    path("customers/views/", views.save, name="view_save"),
    path("customers/columns/", views.columns, name="columns"),
    path("customers/views/<slug:key>/<slug:act>/", views.act, name="view_act"),
    path("customers/<int:pk>/", customer.page, name="customer"),
    path("customers/duplicates/", merging.duplicates, name="duplicates"),
    path("customers/<int:pk>/merge/", merging.page, name="customer_merge"),
    path("customers/<int:pk>/merge/<int:gone>/undo/", merging.undo, name="customer_unmerge"),
    path("customers/<int:pk>/edit/", customer.edit, name="customer_edit"),
    path("customers/<int:pk>/data/", person.data, name="customer_data"),
    path("customers/<int:pk>/erase/", person.erasing, name="customer_erase"),
    path("customers/<int:pk>/adjust/", points.adjust, name="customer_adjust"),
    path("customers/<int:pk>/tags/", customer.tags, name="customer_tags"),
    path("customers/<int:pk>/why/", customer.why, name="customer_why"),
    path("customers/<int:pk>/notes/", customer.note, name="customer_note"),
    path("points/<int:journal>/undo/", points.undo, name="points_undo"),
    path("orders/", orders.page, name="orders"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("storefronts/", stores.page, name="stores"),
    path("storefronts/new/", connecting.choose, name="store_choose"),
    path("storefronts/new/<slug:kind>/", connecting.new, name="store_new"),
    path("storefronts/allowed/", allowing.allowed, name="store_allowed"),
    path("storefronts/<slug:public_id>/", store.page, name="store"),
    path("storefronts/<slug:public_id>/rotate/", store.rotate, name="store_rotate"),
    path("storefronts/<slug:public_id>/rename/", store.rename, name="store_rename"),
    path("storefronts/<slug:public_id>/disconnect/", store.disconnect, name="store_disconnect"),
    path("storefronts/<slug:public_id>/connect/", connecting.guide, name="store_connect"),
    path("storefronts/<slug:public_id>/arrivals/", connecting.arrivals, name="store_arrivals"),
    path("storefronts/<slug:public_id>/secret/", connecting.secret, name="store_secret"),
    path("storefronts/<slug:public_id>/keys/", connecting.keys, name="store_keys"),
    path("storefronts/<slug:public_id>/allow/", allowing.allow, name="store_allow"),
    path("storefronts/<slug:public_id>/check/", connecting.check, name="store_check"),
    path("storefronts/<slug:public_id>/register/", connecting.register, name="store_register"),
    path("storefronts/<slug:public_id>/widget/", widget.page, name="store_widget"),
    path("storefronts/<slug:public_id>/widget/secret/", widget.new_secret, name="store_widget_secret"),
    path("deliveries/", deliveries.page, name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("deliveries/<int:pk>/replay/", deliveries.replay, name="delivery_replay"),
    path("developers/", developers.page, name="developers"),
    path("developers/keys/new/", developers.new, name="key_new"),
    path("developers/keys/<int:pk>/revoke/", developers.revoke, name="key_revoke"),
    *agreement,
    *claims,
    *office,
    *programme,
    *rewards,
    *till,
    *webhooks,
]
