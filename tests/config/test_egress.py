"""Requests on a merchant's word go to the public internet or nowhere. See config/egress.py."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config import egress, pinned
from tests.config.outside import OK, answering, certificate, server

Allow = Callable[[int], str]
PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.7"
ask_really = socket.getaddrinfo


@pytest.fixture
def allow(settings: Settings) -> Allow:
    """Open a port of this machine and give its plain address."""

    def opened(port: int, host: str = "127.0.0.1") -> str:
        settings.EGRESS_ALLOWED = [f"{host}:{port}"]
        return f"http://{host}:{port}/"

    return opened


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Names and what the system answers for them, one list after the other; the last one stays."""
    names: dict[str, list[list[str]]] = {}

    def ask(host: str, port: int, *rest: Any, **options: Any) -> Any:
        if host not in names:
            return ask_really(host, port, *rest, **options)
        answers = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        return [found for address in answers for found in ask_really(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return names


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses to which a connection was tried; none is made."""
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float | None = None) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(egress.Refused) as caught:
        yield
    assert caught.value.reason == reason


@contextmanager
def unreachable(reason: str) -> Iterator[None]:
    with pytest.raises(egress.Unreachable) as caught:
        yield
    assert caught.value.reason == reason


# ── Addresses by their looks ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/", "scheme"),
        ("ftp://hooks.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://hooks.example/", "scheme"),
        ("hooks.example", "scheme"),
        ("", "scheme"),
        ("https://hooks.example:22/", "port"),
        ("https://hooks.example:80/", "port"),
        ("https://hooks.example:99999/", "port"),
        ("https://user@hooks.example/", "userinfo"),
        ("https://user:word@hooks.example/", "userinfo"),
        ("https://@hooks.example/", "userinfo"),
        ("https://:@hooks.example/", "userinfo"),
        ("https://", "malformed"),
        ("https:///path", "malformed"),
        ("https://hooks.example:x/", "malformed"),
        ("https://hooks .example/", "malformed"),
        ("https://hooks.example/a b", "malformed"),
        ("https://hooks.example\r\nX: y", "malformed"),
        ("https://hooks.example\\@evil.example/", "malformed"),
        ("https://hooks.example\x00/", "malformed"),
        ("https://%31%32%37.0.0.1/", "malformed"),
        ("https://１２７.0.0.1/", "malformed"),
        ("https://a..b/", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://[fe80::1%25eth0]/", "malformed"),
        ("https://hooks.example/" + "a" * 2000, "malformed"),
        ("https://" + "a" * 70 + ".example/", "malformed"),
    ],
)
def test_it_refuses_an_address_that_looks_wrong(url: str, reason: str) -> None:
    with refused(reason):
        egress.check(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "10.1.2.3",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
        "[fd00::1]",
        "localhost",
    ],
)
def test_it_refuses_every_way_to_write_a_private_address(host: str, opened: list[str]) -> None:
    with refused("private_address"):
        egress.send("POST", f"https://{host}/")
    assert opened == []


def test_it_refuses_a_name_that_nobody_knows() -> None:
    with refused("unresolvable"):
        egress.check("https://nobody.invalid/")


def test_it_lets_public_addresses_at_the_usual_ports_through(resolver: dict[str, list[list[str]]]) -> None:
    resolver["hooks.example"] = [[PUBLIC, "2001:4860:4860::8888"]]
    egress.check("https://hooks.example/path?query=1")
    egress.check("https://hooks.example:8443/")
    egress.check(f"https://{PUBLIC}/")


def test_it_speaks_plain_http_inside_the_network_only_where_the_installation_says_so(allow: Allow) -> None:
    with server(answering(OK)) as port:
        with refused("scheme"):
            egress.send("POST", f"http://127.0.0.1:{port}/")
        assert egress.send("POST", allow(port)).status == 200


# ── Names ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answers", [[PUBLIC, PRIVATE], [PRIVATE, PUBLIC], [PUBLIC, "::1"], [PUBLIC, "64:ff9b::1"]])
def test_it_refuses_a_name_with_public_and_private_addresses(
    answers: list[str], resolver: dict[str, list[list[str]]], opened: list[str]
) -> None:
    resolver["mixed.example"] = [answers]
    with refused("private_address"):
        egress.send("POST", "https://mixed.example/")
    assert opened == []


def test_it_connects_to_the_address_it_judged_though_the_name_answers_otherwise_later(
    resolver: dict[str, list[list[str]]], opened: list[str]
) -> None:
    resolver["rebinding.example"] = [[PUBLIC], [PRIVATE]]
    with unreachable("connection"):
        egress.send("POST", "https://rebinding.example/")
    assert opened == [PUBLIC]


def test_it_judges_a_name_again_at_each_request(resolver: dict[str, list[list[str]]], opened: list[str]) -> None:
    resolver["rebinding.example"] = [[PUBLIC], [PRIVATE]]
    egress.check("https://rebinding.example/")
    with refused("private_address"):
        egress.send("POST", "https://rebinding.example/")
    assert opened == []


def test_it_tries_the_next_address_when_one_does_not_answer(
    resolver: dict[str, list[list[str]]], opened: list[str]
) -> None:
    resolver["hooks.example"] = [[PUBLIC, "1.1.1.1"]]
    with unreachable("connection"):
        egress.send("POST", "https://hooks.example/")
    assert opened == [PUBLIC, "1.1.1.1"]


def test_it_hangs_up_when_somebody_else_answers(resolver: dict[str, list[list[str]]], monkeypatch: Any) -> None:
    resolver["hooks.example"] = [[PUBLIC]]
    really = socket.create_connection
    with server(answering(OK)) as port:
        monkeypatch.setattr(socket, "create_connection", lambda address, timeout: really(("127.0.0.1", port)))
        with refused("private_address"):
            egress.send("POST", "https://hooks.example/")


def test_it_does_not_wait_for_a_resolver_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "_ask_resolver", lambda host, port: time.sleep(1))
    with unreachable("timeout"):
        egress.check("https://slow.example/", seconds=0.05)


# ── What is sent and what comes back ────────────────────────────────────────────────────────────


def test_it_sends_the_request_as_told_and_names_the_host(allow: Allow) -> None:
    heard: list[bytes] = []
    with server(answering(OK, heard)) as port:
        reply = egress.send("POST", allow(port) + "a?b=1", headers={"X-Word": "단골"}, body=b"{}")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert {f"Host: 127.0.0.1:{port}", "X-Word: 단골", "Content-Length: 2"} <= set(head.decode().split("\r\n"))
    assert (body, reply.body, reply.truncated) == (b"{}", b"ok", False)


def test_it_follows_no_redirect(allow: Allow) -> None:
    heard: list[bytes] = []
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(answering(moved, heard)) as port:
        reply = egress.send("POST", allow(port))
    assert (reply.status, reply.headers["location"], len(heard)) == (302, "http://127.0.0.1:1/", 1)


def test_it_brings_no_cookie_back(allow: Allow) -> None:
    heard: list[bytes] = []
    baked = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    with server(answering(baked, heard)) as port:
        for _ in range(2):
            egress.send("POST", allow(port))
    assert b"ookie" not in heard[1]


def test_it_asks_no_proxy_of_the_environment(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server(answering(OK)) as port:
        assert egress.send("POST", allow(port)).status == 200


def test_it_reads_no_more_than_asked(allow: Allow) -> None:
    with server(answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000)) as port:
        reply = egress.send("GET", allow(port))
        assert (len(reply.body), reply.truncated) == (64 * 1024, True)
        assert egress.send("GET", allow(port), max_bytes=10).body == b"x" * 10


def test_it_unpacks_nothing(allow: Allow) -> None:
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nzip"
    with server(answering(packed)) as port:
        assert egress.send("GET", allow(port)).body == b"zip"


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_it_ends_at_the_deadline_however_slowly_the_answer_drips(start: bytes, allow: Allow) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(start or b"H")
        for _ in range(100):
            time.sleep(0.03)
            connection.sendall(b"x")

    with server(drip) as port:
        started = time.monotonic()
        with unreachable("timeout"):
            egress.send("GET", allow(port), total_seconds=0.25)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000])
def test_it_takes_no_nonsense_for_an_answer(said: bytes, allow: Allow) -> None:
    with server(answering(said)) as port, unreachable("connection"):
        egress.send("GET", allow(port))


def test_it_says_when_nobody_listens(allow: Allow) -> None:
    with server(answering(OK)) as port:
        pass
    with unreachable("connection"):
        egress.send("GET", allow(port))


def test_it_refuses_headers_that_would_smuggle_others_in(allow: Allow) -> None:
    with server(answering(OK)) as port, refused("malformed"):
        egress.send("GET", allow(port), headers={"X-A": "b\r\nX-C: d"})


# ── Certificates ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def secured(folder: Path, name: str, settings: Settings, monkeypatch: Any, *, trusted: bool = True) -> Iterator[int]:
    """A server with a certificate for `name`, opened as hooks.test, which stands on this machine."""
    authority, context = certificate(folder, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    egress._trusted.cache_clear()
    with server(answering(OK), tls=context) as port:
        settings.EGRESS_ALLOWED = [f"hooks.test:{port}"]
        yield port
    egress._trusted.cache_clear()


def test_it_checks_the_certificate_on_the_name(
    tmp_path: Path, settings: Settings, monkeypatch: Any, resolver: Any
) -> None:
    resolver["hooks.test"] = [["127.0.0.1"]]
    with secured(tmp_path, "hooks.test", settings, monkeypatch) as port:
        assert egress.send("POST", f"https://hooks.test:{port}/").status == 200


def test_it_refuses_a_certificate_of_another_name(
    tmp_path: Path, settings: Settings, monkeypatch: Any, resolver: Any
) -> None:
    resolver["hooks.test"] = [["127.0.0.1"]]
    with secured(tmp_path, "other.test", settings, monkeypatch) as port, unreachable("tls"):
        egress.send("POST", f"https://hooks.test:{port}/")


def test_it_refuses_a_certificate_nobody_vouches_for(
    tmp_path: Path, settings: Settings, monkeypatch: Any, resolver: Any
) -> None:
    resolver["hooks.test"] = [["127.0.0.1"]]
    with secured(tmp_path, "hooks.test", settings, monkeypatch, trusted=False) as port, unreachable("tls"):
        egress.send("POST", f"https://hooks.test:{port}/")


def test_it_does_not_take_plain_words_for_a_secure_line(allow: Allow) -> None:
    with server(lambda connection: connection.sendall(OK)) as port:
        url = allow(port).replace("http:", "https:")
        with unreachable("tls"):
            egress.send("POST", url)
