"""The pages of imports: upload, columns, dry run, start, result, undo; who may, and what is refused in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Consent, Customer
from imports.models import FILE_KINDS, Run
from loyalty.models import Balance
from staff.models import AuditEntry
from tenants.alarms import drain
from tenants.models import Merchant
from tests.imports.conftest import a_workbook

pytestmark = pytest.mark.django_db
LIST, NEW = "/backoffice/imports/", "/backoffice/imports/new/"
FILE = "name,email,points\nMina,mina@example.com,120\nJuho,juho@example,5\n=1+1,x@example.com,7\n"


def page(client: Client, path: str, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


def give(client: Client, content: str | bytes = FILE, name: str = "people.csv", **told: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    client.cookies["language"] = "en"
    return client.post(NEW, {"kind": "customers", "file": SimpleUploadedFile(name, data), **told})


def downloaded(client: Client, path: str) -> bytes:
    answer: Any = client.get(path)
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def columns(*keys: str) -> dict[str, str]:
    return {f"column_{place}": key for place, key in enumerate(keys)}


def work(shop: Merchant) -> None:
    drain(shop, datetime.now(UTC), rounds=50)


@pytest.fixture
def checked(cafe: Merchant, as_owner: Client) -> str:
    """The address of a file that went through the dry run."""
    path = str(give(as_owner).url)
    assert as_owner.post(f"{path}check/", columns("name", "email", "points")).status_code == 302
    work(cafe)
    return path


def test_it_offers_tables_to_fill_in(as_owner: Client) -> None:
    assert "Nothing imported yet" in page(as_owner, LIST)
    for kind in FILE_KINDS:
        assert downloaded(as_owner, f"{LIST}samples/{kind}.csv").startswith("\ufeff".encode())


def test_a_sample_can_be_imported_as_it_is(cafe: Merchant, as_owner: Client) -> None:
    for kind in FILE_KINDS:
        content = downloaded(as_owner, f"{LIST}samples/{kind}.csv")
        path = give(as_owner, content, kind=kind).url
        fields = re.findall(r'name="(column_\d+)".*?</select>', page(as_owner, path), re.DOTALL)
        with tenant_context(cafe):
            mapping = Run.objects.latest("pk").mapping["columns"]
        assert len(mapping) == len(fields)
        as_owner.post(f"{path}check/", {f"column_{place}": key for place, key in mapping.items()})
        work(cafe)
        with tenant_context(cafe):
            assert "e" not in Run.objects.latest("pk").checked


def test_it_shows_the_columns_as_guessed(as_owner: Client) -> None:
    text = page(as_owner, give(as_owner).url)
    assert 'value="email" selected' in text
    assert "mina@example.com" in text


def test_it_checks_then_brings_then_undoes(cafe: Merchant, as_owner: Client, checked: str) -> None:
    assert "Nothing has been written yet." in page(as_owner, checked)
    assert "“juho@example” is no e-mail address." in page(as_owner, checked)
    as_owner.post(f"{checked}start/")
    work(cafe)
    with tenant_context(cafe):
        assert Balance.objects.get(customer__email="mina@example.com").available == 120
    as_owner.post(f"{checked}undo/")
    work(cafe)
    assert "2 customers removed" in page(as_owner, checked)
    with tenant_context(cafe):
        trail = AuditEntry.objects.filter(action__startswith="import.").order_by("pk")
        assert [entry.action for entry in trail] == ["import.uploaded", "import.started", "import.undone"]


def test_errors_come_back_as_the_same_table_without_formulas(as_owner: Client, checked: str) -> None:
    errors = downloaded(as_owner, f"{checked}rows/errors/").decode()
    assert errors == (
        "\ufeffname,email,points,Outcome,Reason\r\nJuho,juho@example,5,error,“juho@example” is no e-mail address.\r\n"
    )
    everything = downloaded(as_owner, f"{checked}rows/all/").decode()
    assert "'=1+1,x@example.com,7,added," in everything


def test_the_result_of_a_workbook_is_a_workbook(cafe: Merchant, as_owner: Client) -> None:
    path = give(as_owner, a_workbook([["email", "points"], ["a@example.com", -5]]), "a.xlsx").url
    as_owner.post(f"{path}check/", columns("email", "points"))
    work(cafe)
    assert downloaded(as_owner, f"{path}rows/errors/").startswith(b"PK")


def test_the_page_asks_again_only_while_something_happens(cafe: Merchant, as_owner: Client) -> None:
    path = give(as_owner).url
    as_owner.post(f"{path}check/", columns("name", "email", "points"))
    assert "every 2s" in page(as_owner, path)
    work(cafe)
    part = page(as_owner, path, **{"HX-Request": "true", "HX-Target": "div#run"})
    assert "every 2s" not in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "This file is empty."),
        ("name,email\n", "There is only a header in this file"),
        (b"%PDF-1.7 ...", "neither a CSV nor an Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"PK\x03\x04 not a zip at all", "could not be opened"),
        ('name,email\n"open', "quotation marks do not match"),
        (",".join(f"c{n}" for n in range(10_000)) + "\n" + "1," * 9_999 + "1", "more than 200 columns"),
    ],
    ids=["empty", "headers", "pdf", "xls", "password", "zip", "quotes", "columns"],
)
def test_what_cannot_be_used_is_refused_in_words(as_owner: Client, content: str | bytes, said: str) -> None:
    answer = give(as_owner, content)
    text = answer.content.decode() if answer.status_code == 422 else page(as_owner, answer.url)
    assert said in text


def test_a_file_name_is_only_a_name(as_owner: Client) -> None:
    text = page(as_owner, give(as_owner, name="../../<img src=x>.csv").url)
    assert "<img src=x>" not in text
    assert "&lt;img src=x&gt;.csv" in text
    assert "../" not in text.split("<h1>")[1].split("</h1>")[0]


def test_columns_must_tell_who_is_meant_and_only_once(as_owner: Client) -> None:
    path = give(as_owner).url
    nobody = as_owner.post(f"{path}check/", columns("name", "", "points"))
    assert (nobody.status_code, "No column says" in nobody.content.decode()) == (422, True)
    twice = as_owner.post(f"{path}check/", columns("email", "email"))
    assert "Two columns mean the same" in twice.content.decode()


def test_a_consent_needs_words(cafe: Merchant, as_owner: Client) -> None:
    path = give(as_owner, "email,수신동의\na@example.com,Y\n").url
    assert "One column may be a consent." in page(as_owner, path)
    said = {**columns("email", "consent_email")}
    refused = as_owner.post(f"{path}check/", said).content.decode()
    assert "Say where the customers consented." in refused
    said |= {"yes": "Y", "where": "Sign-up form", "consented_on": "2025-01-01"}
    as_owner.post(f"{path}check/", said)
    work(cafe)
    as_owner.post(f"{path}start/")
    work(cafe)
    with tenant_context(cafe):
        assert Consent.objects.get().evidence["given_at"] == "Sign-up form"


def test_letters_can_be_chosen_when_unsure(cafe: Merchant, as_owner: Client) -> None:
    path = give(as_owner, "name,email\nZoë,a@example.com\n".encode("cp1252")).url
    assert "Can you read the names below?" in page(as_owner, path)
    as_owner.post(f"{path}letters/", {"encoding": "cp1252"})
    work(cafe)
    assert "Zoë" in page(as_owner, path)


def test_the_same_file_is_recognised(cafe: Merchant, as_owner: Client, checked: str) -> None:
    as_owner.post(f"{checked}start/")
    work(cafe)
    assert "The same file was imported before." in page(as_owner, give(as_owner).url)


def test_columns_are_remembered_for_the_same_headers(cafe: Merchant, as_owner: Client) -> None:
    path = give(as_owner).url
    as_owner.post(f"{path}check/", {**columns("", "email", "points"), "existing": "update"})
    work(cafe)
    as_owner.post(f"{path}start/")
    work(cafe)
    give(as_owner, FILE + "New,new@example.com,3\n")
    with tenant_context(cafe):
        mapping = Run.objects.latest("pk").mapping
    assert (mapping["columns"], mapping["existing"]) == ({"1": "email", "2": "points"}, "update")


def test_an_act_at_the_wrong_moment_is_answered_in_words(as_owner: Client) -> None:
    path = give(as_owner).url
    as_owner.post(f"{path}start/")
    assert "This cannot be done at this stage." in page(as_owner, path)
    assert as_owner.post(f"{path}explode/").status_code == 404


def test_only_owners_and_managers_may(as_owner: Client, as_manager: Client, as_colleague: Client) -> None:
    path = give(as_owner).url
    assert as_manager.get(path).status_code == 200
    assert [as_colleague.get(p).status_code for p in (LIST, NEW, path)] == [403] * 3
    assert as_colleague.post(f"{path}discard/").status_code == 403


def test_another_shops_import_is_not_found(as_owner: Client, outsider: Any, bikes: Merchant) -> None:
    from tests.conftest import client_of

    path = give(as_owner).url
    theirs = client_of(bikes, outsider)
    answers = [theirs.get(path), theirs.get(f"{path}rows/all/"), theirs.post(f"{path}discard/")]
    assert [answer.status_code for answer in answers] == [404] * 3


def test_a_discarded_file_is_gone(cafe: Merchant, as_owner: Client, tmp_path: Path) -> None:
    path = give(as_owner).url
    as_owner.post(f"{path}discard/")
    assert not list(tmp_path.rglob("upload"))
    assert as_owner.get(path).status_code == 200
    with tenant_context(cafe):
        assert not Customer.objects.exists()
