"""Files as they come: letters, separators, quirks of spreadsheets, and those made to break us."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Customer
from imports import results
from imports.dates import day_of, moment_of
from imports.models import Run
from imports.numbers import money_of, number_of, phone_of, points_of
from imports.problems import Problem
from loyalty.models import Balance
from tests.imports.conftest import a_workbook, bring, check, counts, found, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]
SEOUL = ZoneInfo("Asia/Seoul")
KOREAN = "이름,이메일\n김민서,minseo@example.com\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949"])
def test_it_reads_korean_in_any_letters(encoding: str) -> None:
    run = upload(KOREAN.encode(encoding))
    assert (run.headers, run.sample) == (["이름", "이메일"], [["김민서", "minseo@example.com"]])
    assert run.encoding_sure


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_finds_the_separator(delimiter: str) -> None:
    run = upload(KOREAN.replace(",", delimiter))
    assert len(run.headers) == 2
    named = upload(f"sep={delimiter}\n" + KOREAN.replace(",", delimiter))
    assert named.headers == run.headers


def test_a_cell_may_hold_line_breaks_and_quotes() -> None:
    run = upload('name,email\n"Kim ""M""\nSeoul",a@example.com\n\n\nB,b@example.com\n')
    assert run.sample[0][0] == 'Kim "M"\nSeoul'
    assert run.rows == 2


def test_a_mixture_of_letters_is_an_error_of_its_rows() -> None:
    run = upload("이름,email\n".encode() + "김민서,a@example.com\n".encode("cp949") + "이서준,b@example.com\n".encode())
    assert not run.encoding_sure
    from imports import acts
    from tests.imports.conftest import work
    from tests.shops import NOW

    acts.reread(run.pk, "utf-8-sig", at=NOW)
    assert list(found(check(work(run)))) == [2]


def test_it_reads_a_workbook_with_numbers_and_dates() -> None:
    rows: list[list[Any]] = [
        ["이름", "휴대전화", "생년월일", "적립금"],
        ["김민서", 1012345678, datetime(1990, 3, 14), 1200],  # noqa: DTZ001  as a workbook holds it
        [None, 1e10, 33000.5, 1.5],
    ]
    run = bring(upload(a_workbook(rows), name="a.xlsx"))
    customer = Customer.objects.get()
    assert (customer.phone, customer.birthday) == ("+821012345678", date(1990, 3, 14))
    assert Balance.objects.get().available == 1200
    assert counts(run.done) == {"c": 1, "e": 1}


def test_a_formula_is_its_value_or_text_and_never_calculated() -> None:
    run = bring(upload('name,email\n"=HYPERLINK(""x"")",a@example.com\n'))
    assert Customer.objects.get().name == '=HYPERLINK("x")'
    cells = "".join(results.as_csv(results.result_rows(run, real=True, only_errors=False)))
    assert "\"'=HYPERLINK" in cells


def test_a_workbook_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(320):
                sheet.write(bytes(1 << 20))
    with pytest.raises(Problem, match="too large when unpacked"):
        upload(bomb.getvalue(), name="a.xlsx")


def test_a_cell_at_the_far_end_of_a_sheet_brings_nothing_down() -> None:
    plain = zipfile.ZipFile(io.BytesIO(a_workbook([["email"], ["a@example.com"]])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in plain.namelist():
            far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            parts.writestr(name, plain.read(name).replace(b"</sheetData>", far))
    run = upload(out.getvalue(), name="a.xlsx")
    assert (run.state, run.problem[0]) == (Run.State.FAILED, "workbook_too_heavy")


def test_one_long_text_in_every_cell_does_not_fill_the_disk() -> None:
    run = upload(a_workbook([["a" * 32_000] * 50] * 220), name="a.xlsx")  # 30 kB that write 350 MB
    assert (run.state, run.problem[0]) == (Run.State.FAILED, "workbook_too_heavy")


def test_a_truncated_workbook_is_refused() -> None:
    with pytest.raises(Problem, match="could not be opened"):
        upload(a_workbook([["email"], ["a@example.com"]])[:-200], name="a.xlsx")


def test_rows_may_be_shorter_than_the_header_but_not_longer() -> None:
    run = check(upload("email,name,phone\na@example.com\nb@example.com,B,,,\nc@example.com,C,,x\n"))
    assert counts(run.checked) == {"c": 2, "e": 1}
    assert found(run)[4] == "This row has more cells than the header."


def test_headers_may_be_doubled_or_empty() -> None:
    run = upload("email,email,,name\na@example.com,b@example.com,?,A\n")
    assert run.mapping["columns"] == {"0": "email", "3": "name"}


def test_a_nul_and_a_giant_cell_do_no_harm() -> None:
    run = check(upload("name,email\nA\0B,a@example.com\n" + "x" * 1_000_000 + ",b@example.com\n"))
    assert found(run) == {3: "“name” is too long: at most 100 characters."}
    assert run.sample[0][0] == "AB"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("a@example.com,-5,", "Points cannot be below zero: “-5”."),
        ("a@example.com,1.5,", "Points are whole numbers: “1.5”."),
        ("a@example.com,many,", "Points are whole numbers: “many”."),
        ("a@example.com,1,31/02/2020", "There is no such day: “31/02/2020”."),
        ("a@example.com,1,2999-01-01", "The year of “2999-01-01” cannot be right."),
        ("nonsense,1,", "“nonsense” is no e-mail address."),
        (",1,", "There is no customer id, e-mail address or phone number in this row."),
    ],
)
def test_an_error_is_told_in_words(cells: str, said: str) -> None:
    assert found(check(upload(f"email,points,birthday\n{cells}\n"))) == {2: said}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026. 11. 22. 오후 3:00", "2026-11-22T15:00+09:00"),
        ("2026-11-22 15:00:00 -0500", "2026-11-22T15:00-05:00"),
        ("46348.625", "2026-11-22T15:00+09:00"),
        ("22/11/2026 9:05", "2026-11-22T09:05+09:00"),
        ("Nov 22, 2026", "2026-11-22T00:00+09:00"),
        ("2026년 11월 22일 오전 12시 5분", "2026-11-22T00:05+09:00"),
        ("20261122153000", "2026-11-22T15:30+09:00"),
        ("26.11.22", "2026-11-22T00:00+09:00"),
    ],
)
def test_a_moment_is_read_as_written(text: str, at: str) -> None:
    assert moment_of(text, SEOUL) == datetime.fromisoformat(at)


def test_the_month_comes_first_only_where_it_is_said() -> None:
    assert (day_of("03/04/2026"), day_of("03/04/2026", month_first=True)) == (date(2026, 4, 3), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("text", "number"),
    [("₩12,000", "12000"), ("£12.50", "12.5"), ("12.000,50", "12000.5"), ("(500)", "-500"), ("1,200 P", "1200")],
)
def test_a_number_is_read_with_its_signs(text: str, number: str) -> None:
    assert number_of(text) == Decimal(number)


def test_a_phone_that_became_a_number_is_found_again_or_refused() -> None:
    assert phone_of("1012345678", "KR") == phone_of("1.012345678E+9", "KR") == "+821012345678"
    with pytest.raises(Problem, match="digits are lost"):
        phone_of("1.01E+10", "KR")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_whatever_a_cell_holds_is_understood_or_told(text: str) -> None:
    for read in (
        lambda: number_of(text), lambda: points_of(text), lambda: money_of(text, "KRW"), lambda: phone_of(text, "GB"),
        lambda: moment_of(text, UTC), lambda: day_of(text, month_first=True),
    ):  # fmt: skip
        try:
            read()
        except Problem as said:
            told = str(said)
        else:
            told = "understood"
        assert told
