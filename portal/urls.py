"""The portal stands at the root of a shop's host."""

from django.urls import path

from portal.pages import card, history, home, me, signing_in

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.enter_code, name="code"),
    path("sign-in/another-code/", signing_in.another_code, name="another_code"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("history/", history.page, name="history"),
    path("card/", card.page, name="card"),
    path("me/", me.page, name="me"),
    path("me/save/", me.save, name="save"),
    path("me/news/", me.allow, name="allow"),
    path("me/devices/end-others/", me.end_other_devices, name="end_other_devices"),
    path("me/devices/<int:session_id>/end/", me.end_device, name="end_device"),
    path("me/leave/", me.leave, name="leave"),
]
