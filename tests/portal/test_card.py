"""The membership card."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import segno

from portal.card import qr_svg, spaced
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import member
from tests.portal.test_home import visit

pytestmark = pytest.mark.django_db


def test_the_code_stands_under_the_picture_in_groups(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now, name="김미나")
    html = visit(cafe, mina, now, "/card/")
    assert spaced(mina.card_code) in html
    assert "김미나" in html


def test_the_picture_holds_the_card_code_and_nothing_else(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    drawn = re.search(r'd="(M4[^"]+)"', visit(cafe, mina, now, "/card/"))
    expected = re.search(r'd="(M4[^"]+)"', segno.make_qr(mina.card_code, error="m").svg_inline(border=4))
    assert drawn
    assert expected
    assert drawn.group(1) == expected.group(1)


def test_the_picture_needs_no_inline_style() -> None:
    assert "style" not in qr_svg("0123456789AB")


def test_a_card_can_be_shown_without_a_name(cafe: Merchant, now: datetime) -> None:
    client = signed_in(cafe, member(cafe, now))
    assert client.get("/card/").status_code == 200
