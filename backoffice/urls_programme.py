"""The programme, its editor and the replay. backoffice/urls.py includes them."""

from django.urls import path

from backoffice.pages import editor, editor_items, moving, programme, publishing, replay

urlpatterns = [
    path("programme/", programme.page, name="programme"),
    path("programme/versions/<int:number>/", programme.version, name="programme_version"),
    path("programme/versions/<int:number>/again/", editor.back_to, name="programme_back"),
    path("programme/preview/", editor_items.preview, name="programme_preview"),
    path("programme/edit/", editor.overview, name="programme_edit"),
    path("programme/edit/start/<slug:name>/", editor.take_start, name="programme_start"),
    path("programme/edit/discard/", editor.discard, name="programme_discard"),
    path("programme/edit/publish/", publishing.page, name="programme_publish"),
    path("programme/edit/replay/", replay.page, name="programme_replay"),
    path("programme/edit/replay/<slug:act>/", replay.act, name="programme_replay_act"),
    path("programme/edit/tiers/movers/", moving.page, name="programme_movers"),
    path("programme/edit/<slug:part>/", editor.part, name="programme_part"),
    path("programme/edit/<slug:part>/new/", editor_items.new, name="programme_new"),
    path("programme/edit/<slug:part>/<slug:key>/", editor_items.item, name="programme_item"),
    path("programme/edit/<slug:part>/<slug:key>/<slug:act>/", editor_items.act, name="programme_act"),
]
