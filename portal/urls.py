"""The portal stands at the root of a shop's host."""

from django.urls import path

from portal.pages import (
    card,
    claims,
    codes,
    collecting,
    earn,
    history,
    home,
    me,
    offline,
    rewards,
    signing_in,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.enter_code, name="code"),
    path("sign-in/another-code/", signing_in.another_code, name="another_code"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("earn/", earn.page, name="earn"),
    path("earn/birthday/", earn.birthday, name="birthday"),
    path("earn/followed/<slug:key>/", earn.followed, name="followed"),
    path("visit/<str:code>/", earn.visit, name="visit"),
    path("rewards/", rewards.page, name="rewards"),
    path("rewards/<slug:key>/", rewards.reward, name="reward"),
    path("codes/", codes.page, name="codes"),
    path("codes/<int:pk>/", codes.code, name="code_of"),
    path("codes/<int:pk>/cancel/", codes.cancel, name="code_cancel"),
    path("codes/<int:pk>/again/", codes.again, name="code_again"),
    path("stamps/", collecting.stamp_cards, name="stamps"),
    path("tier/", collecting.tier, name="tier"),
    path("expiry/", collecting.expiry, name="expiry"),
    path("history/", history.page, name="history"),
    path("claims/", claims.page, name="claims"),
    path("claims/new/", claims.new, name="claim_new"),
    path("claims/<int:pk>/withdraw/", claims.withdraw, name="claim_withdraw"),
    path("card/", card.page, name="card"),
    path("app.webmanifest", offline.manifest, name="manifest"),
    path("app-<int:size>.png", offline.icon, name="icon"),
    path("app-worker.js", offline.worker, name="worker"),
    path("me/", me.page, name="me"),
    path("me/save/", me.save, name="save"),
    path("me/news/", me.allow, name="allow"),
    path("me/devices/end-others/", me.end_other_devices, name="end_other_devices"),
    path("me/devices/<int:session_id>/end/", me.end_device, name="end_device"),
    path("me/leave/", me.leave, name="leave"),
]
