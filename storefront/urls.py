from django.urls import path

from storefront import views

app_name = "storefront"
urlpatterns = [path("<str:public_id>/", views.hook, name="hook")]
