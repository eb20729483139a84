from django.urls import path

from welcome.pages import sign_up, site

app_name = "welcome"
urlpatterns = [
    path("", site.landing, name="landing"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("find/", site.find, name="find"),
    path("privacy/", site.privacy, name="privacy"),
    path("robots.txt", site.robots, name="robots"),
    path("favicon.ico", site.favicon, name="favicon"),
]
