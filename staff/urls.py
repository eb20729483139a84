from django.urls import path

from staff.pages import account, joining, pin

app_name = "staff"
urlpatterns = [
    path("me/", account.me, name="me"),
    path("pin/", pin.page, name="pin"),
    path("verify/", account.verify, name="verify"),
    path("sessions/", account.devices, name="sessions"),
    path("sessions/<int:session_id>/end/", account.end_session, name="end_session"),
    path("join/<str:token>/", joining.join, name="join"),
    path("arrive/<str:token>/", joining.arrive, name="arrive"),
]
