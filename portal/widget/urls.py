"""What a store's pages ask for: the launcher, and the frame's first page. The pages after it: framing.py."""

from django.urls import path

from portal.widget import pages

app_name = "widget"
urlpatterns = [
    path("widget.js", pages.launcher, name="launcher"),
    path("widget/<slug:store>/", pages.entry, name="entry"),
    path("widget/<slug:store>/enter/", pages.enter, name="enter"),
]
