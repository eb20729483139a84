"""Pages about the shop itself: staff, settings, audit trail. Included by backoffice/urls.py in its namespace."""

from django.urls import path

from backoffice.pages import audit, settings, staff

urlpatterns = [
    path("staff/", staff.index, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/invitations/<int:invitation_id>/revoke/", staff.revoke, name="staff_revoke"),
    path("staff/<int:user_id>/role/<slug:role>/", staff.change_role, name="staff_role"),
    path("staff/<int:user_id>/deactivate/", staff.deactivate, name="staff_deactivate"),
    path("staff/<int:user_id>/reactivate/", staff.reactivate, name="staff_reactivate"),
    path("settings/", settings.index, name="settings"),
    path("settings/colour/", settings.colour_preview, name="settings_colour"),
    path("settings/close/", settings.close_shop, name="settings_close"),
    path("settings/keep/", settings.keep_shop, name="settings_keep"),
    path("audit/", audit.index, name="audit"),
]
