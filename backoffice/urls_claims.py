"""The addresses of members' claims for missing points."""

from django.urls import path

from backoffice.pages import claims

urlpatterns = [
    path("claims/", claims.page, name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("claims/<int:pk>/photo/", claims.photo, name="claim_photo"),
    path("claims/<int:pk>/order/", claims.approve_order, name="claim_order"),
    path("claims/<int:pk>/points/", claims.approve_points, name="claim_points"),
    path("claims/<int:pk>/decline/", claims.decline, name="claim_decline"),
    path("claims/<int:pk>/undo/", claims.undo, name="claim_undo"),
]
