"""How allauth signs in our staff: no open sign-up, our sender, our landing page."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    """Staff join by invitation or by founding a shop, never by allauth's own sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
