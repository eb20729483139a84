"""Whatever is sent, by whoever may send it: an answer, never an error of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from staff.models import Role, User
from tenants.models import Merchant
from tests.isolation.conftest import Shops
from tests.isolation.doors import ACCOUNT, DOORS, Door, patterns
from tests.isolation.filling import Filled
from tests.isolation.knocking import body_of, path_to, undone

SHOP, PUBLIC = "config.urls.shop", "config.urls.public"
GARBAGE = (
    "", "a\x00b", "x" * 50_000, "😀" * 40, "1e400", "9" * 400, "-1", str(2**63), "NaN", "0001-01-01T00:00:00+23:59",
    '{"id": 1, "rawId": 1, "response": {}, "type": "public-key"}', "²", "http://[::1", "a\r\nX-Injected: 1", "é@é.é",
)  # fmt: skip
PATHS = ("0", str(2**63), "9" * 5000, "-1", "a%00b", quote("😀"), "%ff%fe")
# In a question, which names are read where? All are asked everywhere.
ASKED = ("a\x00b", "9" * 400, "0001-01-01T00:00:00+23:59", "²", "http://[::1")
QUESTIONS = (
    "q", "before", "after", "state", "store", "person", "area", "kind", "id", "from", "to", "show", "days", "next",
    "done", "mail", "brand_colour", "page", "p", "e", "o", "proof",
)  # fmt: skip
REFUSALS = (403, 404, 405)
NAMES = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([^\"]+)\"")


@pytest.fixture
def insider(theirs: Filled) -> Client:
    """The owner, who is a shopper too and has just asked for a code."""
    return careful(theirs.client(Role.OWNER, "shopper", "asking"))


@pytest.fixture
def operator(db: None) -> Client:
    with schema_context("public"):
        user = User.objects.create_user("operator@example.com", "a long enough password", is_operator=True)
        client = Client(headers={"host": Merchant.objects.get(schema_name="public").domains.get().domain})
        client.force_login(user)
    return careful(client)


def careful(client: Client) -> Client:
    """One that notes an error of the server instead of raising it."""
    client.raise_request_exception = False
    return client


def outcome(client: Client, method: str, address: str, **options: Any) -> str:
    """Empty when the answer is in order; else what went wrong."""
    jar = {key: morsel.value for key, morsel in client.cookies.items()}
    with undone():
        try:
            response = _ask(client, method, address, **options)
            body_of(response)
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:120]}"
    client.cookies.clear()
    client.cookies.load(jar)
    if response.status_code < 500:
        return ""
    raised = getattr(response, "exc_info", None)
    return (
        f"{response.status_code} {raised[0].__name__}: {str(raised[1])[:120]}" if raised else str(response.status_code)
    )


def _ask(client: Client, method: str, path: str, **options: Any) -> Any:
    return client.generic("POST", path, **options) if method == "raw" else getattr(client, method)(path, **options)


def fields_of(client: Client, path: str, known: Iterable[str]) -> set[str]:
    """The fields of the forms on a page, and those that are known of it anyway."""
    with undone():
        response = client.get(path)
        found = NAMES.findall(body_of(response)) if response.status_code == 200 else []
    return {*found, *known} - {"csrfmiddlewaretoken"}


def doors(urlconf: str) -> Iterator[tuple[str, str, Door]]:
    """Every pattern with its route and door; on the public host those that a shop's host does not have as well."""
    twice = ACCOUNT if urlconf == PUBLIC else {}
    for name, _pattern, route in patterns(urlconf):
        if name not in twice:
            yield name, route, DOORS[urlconf].get(name, Door())


def posts(urlconf: str, shop: Filled, client: Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """For every pattern that takes forms its name, its path and form data, with one field or all of them spoilt."""
    for name, route, door in doors(urlconf):
        path = path_to(name, route, door.path_values(shop, shop), urlconf)
        good = {field: str(value) for field, value in door.data(shop, shop).items()}
        if answers_with(client, "post", path, good) in REFUSALS:
            continue
        fields = sorted(fields_of(client, path, good))
        yield from ((name, path, dict.fromkeys(fields, value)) for value in GARBAGE[1::3])
        for number, field in enumerate(good):  # each field gets every third piece, its neighbours the others
            yield from ((name, path, {**good, field: value}) for value in GARBAGE[number % 3 :: 3])


def answers_with(client: Client, method: str, path: str, data: Any = None) -> int:
    """The status of the answer."""
    jar = {key: morsel.value for key, morsel in client.cookies.items()}
    with undone():
        status: int = getattr(client, method)(path, data).status_code
    client.cookies.clear()
    client.cookies.load(jar)
    return status


@pytest.mark.parametrize("urlconf", DOORS)
def test_a_form_takes_any_garbage(urlconf: str, theirs: Filled, insider: Client, operator: Client) -> None:
    client = insider if urlconf == SHOP else operator
    wrong = {}
    for name, path, data in posts(urlconf, theirs, client):
        said = outcome(client, "post", path, data=urlencode(data), content_type="application/x-www-form-urlencoded")
        if said:
            wrong[f"{name}: {said}"] = {key: value[:40] for key, value in data.items()}
    assert not wrong, "\n".join(f"{name} {data}" for name, data in wrong.items())


@pytest.mark.parametrize("urlconf", DOORS)
def test_a_question_takes_any_garbage(urlconf: str, theirs: Filled, insider: Client, operator: Client) -> None:
    client = insider if urlconf == SHOP else operator
    wrong = {}
    for name, route, door in doors(urlconf):
        path = path_to(name, route, door.path_values(theirs, theirs), urlconf)
        for value in () if answers_with(client, "get", path) in REFUSALS else ASKED:
            if said := outcome(client, "get", f"{path}?{urlencode(dict.fromkeys(QUESTIONS, value))}"):
                wrong[f"{name}: {said}"] = value[:40]
    assert not wrong, "\n".join(f"{name} {value!r}" for name, value in wrong.items())


@pytest.mark.parametrize("urlconf", DOORS)
def test_an_address_takes_any_garbage(urlconf: str, insider: Client, operator: Client) -> None:
    client = insider if urlconf == SHOP else operator
    wrong = {}
    gap = re.compile(r"<\w+:\w+>|\(\?P<\w+>.*?[*+]\)")
    for name, route, _door in doors(urlconf):
        for value in PATHS if gap.search(route) else ():
            path = "/" + re.sub(r"[\^$]", "", gap.sub(value, route))
            for method in ("get", "post") if value in PATHS[1:5:3] else ("get",):
                if said := outcome(client, method, path):
                    wrong[f"{method} {name}: {said}"] = value[:40]
    assert not wrong, "\n".join(f"{name} {value!r}" for name, value in wrong.items())


BODIES = [
    (b"\xff\xfe" * 100, "application/x-www-form-urlencoded"),
    (b"name=%ED%A0%80&email=%00&x", "application/x-www-form-urlencoded; charset=utf-7"),
    (b"a=1&" * 3000, "application/x-www-form-urlencoded"),
    (b"--b\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=b"),
    (b"--b\r\n\r\n", "multipart/form-data"),
    (b'{"name": [[[[', "application/json"),
    (b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    (b"name=1", "\x00;;;"),
]
FORMS = ("/account/login/", "/sign-in/", "/sign-in/code/", "/language/", "/backoffice/customers/new/", "/me/save/")


@pytest.mark.parametrize("path", [*FORMS, "/hooks/{store}/"])
def test_a_body_may_be_of_any_kind(path: str, theirs: Filled, insider: Client) -> None:
    wrong = []
    for body, kind in BODIES:
        said = outcome(insider, "raw", path.format(store=theirs.ids["store"]), data=body, content_type=kind)
        wrong += [f"{body[:30]!r} {kind}: {said}"] if said else []
    assert not wrong, "\n".join(wrong)


COOKIES = ('"\\000abcdefgh"', "\x00" * 10, "é" * 20, "x" * 4000, '"\\377\\376"')
PAGES = ("/", "/backoffice/", "/account/login/", "/sign-in/", "/sign-in/code/", "/me/", "/account/2fa/authenticate/")


@pytest.mark.parametrize("name", ["sessionid", "shopper", "asking", "csrftoken", "language", "theme"])
def test_a_cookie_may_hold_anything(both: Shops, name: str) -> None:
    wrong = []
    for value in COOKIES:
        for path in PAGES:
            for method in ("get", "post"):
                client = careful(both.theirs.client())
                cookie = f"{name}={value}".encode("utf-8", "surrogatepass").decode("latin-1")
                said = outcome(client, method, path, HTTP_COOKIE=cookie)
                wrong += [f"{method} {path} {value!r}: {said}"] if said else []
    assert not wrong, "\n".join(wrong)


HEADERS = (
    "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "Accept-Language", "Referer", "Origin", "HX-Target",
    "HX-Current-URL", "HX-Request", "If-Modified-Since", "Content-Length", "Range", "X-Request-ID",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_may_hold_anything(both: Shops, header: str) -> None:
    wrong = []
    values = ("\x00", "é" * 300, "x" * 5000, "1e400", "-1", "a, b, c,,,", "[::1")
    for value in values:
        client = careful(both.theirs.client(Role.OWNER, "shopper"))
        for path in (
            "/",
            "/backoffice/customers/",
            "/account/login/",
            "/me/save/",
            f"/hooks/{both.theirs.ids['store']}/",
        ):
            for method in ("get", "post"):
                said = outcome(client, method, path, headers={header: value})
                wrong += [f"{method} {path} {value[:20]!r}: {said}"] if said else []
    assert not wrong, "\n".join(wrong)
