"""Pages about the shop itself: staff, settings, imports, audit trail. backoffice/urls.py includes them."""

from django.urls import path

from backoffice.pages import audit, bulk, exports, imports, liability, settings, staff

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
    path("imports/", imports.page, name="imports"),
    path("imports/new/", imports.new, name="import_new"),
    path("imports/samples/<slug:kind>.csv", imports.sample, name="import_sample"),
    path("imports/<int:pk>/", imports.run, name="import"),
    path("imports/<int:pk>/check/", imports.check, name="import_check"),
    path("imports/<int:pk>/letters/", imports.encoding, name="import_encoding"),
    path("imports/<int:pk>/rows/<slug:which>/", imports.rows, name="import_rows"),
    path("imports/<int:pk>/<slug:act>/", imports.act, name="import_act"),
    path("customers/many/", bulk.page, name="bulk"),
    path("customers/many/new/", bulk.new, name="bulk_new"),
    path("customers/many/<int:pk>/", bulk.run, name="bulk_run"),
    path("customers/many/<int:pk>/rows/", bulk.rows, name="bulk_rows"),
    path("customers/many/<int:pk>/<slug:act>/", bulk.act, name="bulk_act"),
    path("liability/", liability.page, name="liability"),
    path("exports/", exports.page, name="exports"),
    path("audit/", audit.index, name="audit"),
]
