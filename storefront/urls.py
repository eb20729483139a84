from django.urls import path

from storefront import views

app_name = "storefront"
urlpatterns = [
    path("<slug:public_id>/", views.hook, name="hook"),
    # A sender that leaves out the slash must not be redirected: its body would be lost.
    path("<slug:public_id>", views.hook),
]
