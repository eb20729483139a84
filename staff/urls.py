from django.urls import path

from staff.pages import account, joining

app_name = "staff"
urlpatterns = [
    path("me/", account.me, name="me"),
    path("verify/", account.verify, name="verify"),
    path("sessions/", account.devices, name="sessions"),
    path("sessions/<int:session_id>/end/", account.end_session, name="end_session"),
    path("join/<str:token>/", joining.join, name="join"),
    path("arrive/<str:token>/", joining.arrive, name="arrive"),
]
