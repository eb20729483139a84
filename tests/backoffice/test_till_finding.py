"""Finding the member at the till, by whatever they show or say."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice.till.latin import in_latin
from backoffice.till.masking import masked_name, masked_phone
from customers.models import Customer
from loyalty import redemption
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.backoffice.tilling import a_regular, a_till_programme, find, headline

IN_HANGUL = dict(zip("rsefaqtdwczxvgkoijpuhynbml", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅐㅑㅓㅔㅕㅗㅛㅜㅠㅡㅣ", strict=True))

pytestmark = pytest.mark.django_db


@pytest.fixture
def regular(cafe: Merchant) -> Customer:
    a_till_programme(cafe)
    return a_regular(cafe)


@pytest.mark.parametrize(
    "text",
    ["010-1234-5678", "01012345678", "+82 10 1234 5678", "5678", "김민서", "{card}", "{spaced}", "{hangul}"],
)
def test_a_member_is_found_by(as_colleague: Client, regular: Customer, text: str) -> None:
    card = regular.card_code
    hangul = "".join(IN_HANGUL.get(letter.lower(), letter) for letter in card)
    spaced = f"{card[:4].lower()} {card[4:8]}-{card[8:]}"
    response = find(as_colleague, text.format(card=card, spaced=spaced, hangul=hangul))
    assert headline(response) == "김*서"
    assert "1,000 P" in response.content.decode()


def test_what_a_scanner_types_into_hangul_is_read_by_its_keys() -> None:
    assert in_latin("ㄱ7하ㅇㅁ한") == "r7gkdagks"


def test_several_with_the_same_last_digits_are_chosen_from_by_masked_name(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    a_regular(cafe, 0, name="Minsu Kim", phone="+821099995678", email="")
    page = find(as_colleague, "5678").content.decode()
    assert "김*서" in page
    assert "M* K*" in page
    assert "김민서" not in page
    assert "+8210" not in page


def test_a_code_of_a_reward_is_found(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    with tenant_context(cafe):
        taken = redemption.redeem(regular.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)
    assert headline(find(as_colleague, taken.code.lower())) == "커피 한 잔"


def test_nobody_found_says_so(as_colleague: Client, regular: Customer) -> None:
    response = find(as_colleague, "ZZZZZZZZZZZZ")
    assert response.status_code == 422


def test_an_unknown_number_is_enrolled_with_one_touch(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    assert "+821077778888" in find(as_colleague, "010 7777 8888").content.decode()
    for _ in range(2):  # sent twice is once
        page = as_colleague.post("/backoffice/till/members/new/", {"phone": "+821077778888", "name": ""})
        assert page.status_code == 200
    with tenant_context(cafe):
        added = Customer.objects.get(phone="+821077778888")
    assert added.joined_at is not None
    with tenant_context(cafe):
        assert not added.identities.exists()  # stated, not proven


def test_nobody_is_enrolled_without_a_number_nor_twice_with_one(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    for phone, status in (("", 422), ("\x00", 422), ("Minsu", 422), ("010-1234-5678", 200)):
        assert as_colleague.post("/backoffice/till/members/new/", {"phone": phone}).status_code == status
    with tenant_context(cafe):
        assert Customer.objects.get() == regular


def test_names_and_numbers_are_masked() -> None:
    assert [masked_name(name) for name in ("김민서", "이산", "Jo", "남궁민수", "Minsu Kim", "")] == [
        "김*서", "이*", "J*", "남**수", "M* K*", "",
    ]  # fmt: skip
    assert masked_phone("+821012345678") == "•••• 5678"


def test_an_analyst_does_not_stand_at_the_till(as_analyst: Client, regular: Customer) -> None:
    assert as_analyst.get("/backoffice/till/").status_code == 403
    assert find(as_analyst, "5678").status_code == 403


def test_a_member_without_name_and_number_has_a_heading(as_colleague: Client, cafe: Merchant) -> None:
    a_till_programme(cafe)
    nameless = a_regular(cafe, 0, name="", phone="")
    assert headline(find(as_colleague, nameless.card_code)) == "이름 없음"
