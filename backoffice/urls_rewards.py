"""The addresses of what members took for their points."""

from django.urls import path

from backoffice.pages import granting, redemptions

urlpatterns = [
    path("rewards/", redemptions.page, name="redemptions"),
    path("rewards/look-up/", redemptions.look_up, name="redemption_look_up"),
    path("rewards/<int:pk>/", redemptions.redemption, name="redemption"),
    path("rewards/<int:pk>/<slug:act>/", redemptions.act, name="redemption_act"),
    path("customers/<int:pk>/reward/", granting.page, name="reward_grant"),
]
