"""How channels and purposes of consents are called."""

from django.utils.translation import gettext_lazy

CHANNELS = {
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("Text message"),
    "kakao": "KakaoTalk",
    "push": gettext_lazy("Notification"),
}
PURPOSES = {
    "advertising": gettext_lazy("advertising"),
    "night_advertising": gettext_lazy("advertising at night"),
    "third_party": gettext_lazy("passing data on"),
}
