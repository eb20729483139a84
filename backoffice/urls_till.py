"""The till, and the customer's screen beside it."""

from django.urls import path

from backoffice.pages import till_settings
from backoffice.till.pages import acting, customer, finding, people

urlpatterns = [
    path("settings/till/", till_settings.page, name="settings_till"),
    path("till/", finding.page, name="till"),
    path("till/find/", finding.found, name="till_find"),
    path("till/waiting/", finding.waiting, name="till_waiting"),
    path("till/members/new/", finding.enrol, name="till_enrol"),
    path("till/members/<int:pk>/", finding.member, name="till_member"),
    path("till/members/<int:pk>/preview/", acting.preview, name="till_preview"),
    path("till/members/<int:pk>/purchase/", acting.purchase, name="till_purchase"),
    path("till/members/<int:pk>/stamp/", acting.stamp, name="till_stamp"),
    path("till/members/<int:pk>/reward/", acting.reward, name="till_reward"),
    path("till/codes/<int:pk>/", finding.code, name="till_code"),
    path("till/codes/<int:pk>/use/", acting.use_code, name="till_use"),
    path("till/undo/", acting.undo, name="till_undo"),
    path("till/lock/", people.lock, name="till_lock"),
    path("till/switch/", people.switch, name="till_switch"),
    path("till/leave/", people.leave, name="till_leave"),
    path("till/pair/", customer.pair, name="till_pair"),
    path("till/turn/", customer.turn, name="till_turn"),
    path("till/customer/", customer.page, name="till_customer"),
    path("till/customer/state/", customer.state, name="till_customer_state"),
]
