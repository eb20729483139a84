"""Missing points, from the member's side: telling the shop, waiting, the answer, taking it back."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Customer, Event
from loyalty import claims, receipts
from loyalty.models import Claim
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import buy, member, open_programme
from tests.portal.test_home import WEEK

pytestmark = pytest.mark.django_db

PLACE = b"GPS 37.5665 N 126.9780 E"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png(**more: bytes) -> bytes:
    """One black pixel, with a text that tells where it was taken."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    told = chunk(b"tEXt", b"place\0" + PLACE)
    drawn = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + told + drawn + chunk(b"IEND", b"")


def a_jpeg() -> bytes:
    """The segments of a photo from a phone: turned, with a place, a second picture behind the first."""

    def segment(marker: int, data: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data

    tiff = b"II\x2a\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + PLACE
    frame = struct.pack(">BHHB", 8, 20, 30, 1) + b"\x01\x11\0"
    scan = b"\x01\x01\0\0\x3f\0"
    return (
        b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff) + segment(0xFE, PLACE) + segment(0xC0, frame)
        + segment(0xDA, scan) + b"\x12\xff\x00\x34\xff\xd9" + b"\xff\xd8" + PLACE
    )  # fmt: skip


def a_webp() -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    wide = part(b"VP8X", b"\x0c\0\0\0" + b"\x09\0\0" + b"\x09\0\0")
    body = b"WEBP" + wide + part(b"VP8L", b"\x2f123") + part(b"EXIF", PLACE) + part(b"XMP ", PLACE)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def mina(cafe: Merchant, now: datetime) -> Customer:
    open_programme(cafe, now, hold_days=0)
    return member(cafe, now, name="Mina")


@pytest.fixture
def phone(cafe: Merchant, mina: Customer, now: datetime) -> Any:
    with time_machine.travel(now, tick=False):
        client = signed_in(cafe, mina, now)
        client.cookies["language"] = "en"
        yield client


def say(client: Client, **more: Any) -> Any:
    return client.post("/claims/new/", {"number": "1001", "bought_on": "2026-11-18", "amount": "12000", **more})


def upload(data: bytes, name: str = "receipt.jpg") -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def the_claim(merchant: Merchant) -> Claim:
    with tenant_context(merchant):
        return Claim.objects.get()


def test_a_claim_is_filed_and_told(phone: Client, cafe: Merchant) -> None:
    response = say(phone, note="I forgot to show my card.")
    assert response["Location"] == "/claims/?done=filed"
    claim = the_claim(cafe)
    assert (claim.number, claim.amount_minor, claim.currency, claim.state) == ("1001", 12_000, "KRW", "open")
    html = phone.get("/claims/").content.decode()
    assert "I forgot to show my card." in html
    assert "Waiting" in html
    with tenant_context(cafe):
        assert Event.objects.filter(kind="claim.filed", subject_id=claim.pk).exists()


def test_pressed_twice_it_is_one_claim(phone: Client, cafe: Merchant) -> None:
    assert {say(phone).status_code, say(phone).status_code} == {302}
    assert the_claim(cafe)


def test_without_number_and_photo_nothing_is_filed(phone: Client) -> None:
    response = say(phone, number="")
    assert response.status_code == 422
    assert "Enter the order number or add a photo of the receipt." in response.content.decode()


@pytest.mark.parametrize("day", ["2026-11-21", "2025-11-01", "31.12.2026", ""])
def test_a_day_that_cannot_be_is_refused(phone: Client, day: str) -> None:
    assert say(phone, bought_on=day).status_code == 422


def test_a_member_has_three_claims_open_at_most(phone: Client) -> None:
    assert [say(phone, number=str(n)).status_code for n in range(4)] == [302, 302, 302, 422]


def test_an_order_that_has_earned_is_no_claim(phone: Client, cafe: Merchant, now: datetime) -> None:
    buy(cafe, 48_000, at=now)
    response = say(phone)
    assert response.status_code == 422
    assert "Order 1001 is in your history already: 480 points." in response.content.decode()


@pytest.mark.parametrize(("data", "ending"), [(a_png(), "png"), (a_jpeg(), "jpg"), (a_webp(), "webp")])
def test_a_photo_is_kept_without_the_place_where_it_was_taken(
    phone: Client, cafe: Merchant, data: bytes, ending: str
) -> None:
    assert PLACE in data
    assert say(phone, number="", photo=upload(data, "strange.name")).status_code == 302
    claim = the_claim(cafe)
    assert claim.photo.endswith(f".{ending}")
    with tenant_context(cafe), default_storage.open(claim.photo) as kept:
        assert PLACE not in kept.read()


def test_how_a_photo_is_turned_is_kept() -> None:
    kept = receipts.read(upload(a_jpeg()), None).data
    assert b"Exif\0\0MM\0\x2a" in kept
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in kept
    assert kept.endswith(b"\x12\xff\x00\x34\xff\xd9")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a photo"),
        (b"%PDF-1.7", "not a photo"),
        (b"\xff\xd8\xff<script>", "not a photo"),
        (b"\xff\xd8\xff\xe1\xff\xffcut", "not a photo"),
        (a_png()[:-6], "not a photo"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "not a photo"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"", "empty"),
    ],
)
def test_what_is_no_photo_is_refused_in_plain_words(phone: Client, cafe: Merchant, data: bytes, words: str) -> None:
    response = say(phone, number="", photo=upload(data))
    assert response.status_code == 422
    assert words in response.content.decode()
    with tenant_context(cafe):
        assert not Claim.objects.exists()


def test_a_photo_above_eight_megabytes_is_refused() -> None:
    with pytest.raises(receipts.NotAPhoto, match="too_large"):
        receipts.read(io.BytesIO(a_png() + bytes(receipts.MOST_BYTES)), None)


@pytest.mark.parametrize("place", [2, -2])
def test_a_file_of_nothing_but_segments_is_no_photo(place: int) -> None:
    photo = a_jpeg().removesuffix(b"\xff\xd8" + PLACE)
    start, end = photo[:place], photo[place:]
    with pytest.raises(receipts.NotAPhoto, match="unknown"):
        receipts.read(io.BytesIO(start + b"\xff\xdb\x00\x02" * receipts.MOST_TABLES + end), None)


def test_an_open_claim_is_taken_back(phone: Client, cafe: Merchant) -> None:
    say(phone)
    claim = the_claim(cafe)
    assert {phone.post(f"/claims/{claim.pk}/withdraw/").status_code for _ in range(2)} == {302}
    assert the_claim(cafe).state == "withdrawn"


def test_somebody_elses_claim_is_not_found(phone: Client, cafe: Merchant, now: datetime) -> None:
    say(phone)
    other = signed_in(cafe, member(cafe, now, email="other@example.com"), now)
    assert other.post(f"/claims/{the_claim(cafe).pk}/withdraw/").status_code == 404
    assert the_claim(cafe).state == "open"


def test_the_answer_comes_by_mail_a_little_later_and_stands_beside_the_claim(
    phone: Client, cafe: Merchant, now: datetime
) -> None:
    say(phone)
    with tenant_context(cafe):
        claims.decline(the_claim(cafe).pk, answer="This receipt is from another shop.", actor=SYSTEM, at=now)
    drain(cafe, now)
    assert not mail.outbox
    drain(cafe, now + timedelta(minutes=3))
    drain(cafe, now + WEEK)
    (letter,) = mail.outbox
    assert letter.to == ["mina@example.com"]
    assert "This receipt is from another shop." in letter.body
    assert "This receipt is from another shop." in phone.get("/claims/").content.decode()


def test_a_decision_undone_at_once_sends_no_mail(phone: Client, cafe: Merchant, now: datetime) -> None:
    say(phone)
    with tenant_context(cafe):
        claims.decline(the_claim(cafe).pk, answer="No.", actor=SYSTEM, at=now)
        claims.undo(the_claim(cafe).pk, actor=SYSTEM, at=now)
    drain(cafe, now + WEEK)
    assert not mail.outbox
