"""Connections for config/egress.py: a name is looked up once, every address of it is judged, and the connection goes to
one of those addresses and nowhere else. Each step is held to one deadline, however slowly the other side drips."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpcore

from config.public_addresses import is_public

READ_AT_ONCE = 16 * 1024


class Refused(Exception):
    """The address may not be spoken to.

    `reason` is "scheme", "port", "userinfo", "private_address", "unresolvable" or "malformed".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """Nobody answered properly: `reason` is timeout, connection or tls."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Deadline:
    """A moment by which something must be done."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, always more than zero. Raises Unreachable("timeout") when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unreachable("timeout")
        return left

    def at_most(self, seconds: float) -> Deadline:
        """The earlier of this deadline and `seconds` from now."""
        earlier = Deadline(seconds)
        earlier.until = min(earlier.until, self.until)
        return earlier


def addresses_of(host: str, port: int, *, deadline: Deadline, anywhere: bool = False) -> list[str]:
    """The addresses of a name, in the order to try them, all public unless `anywhere`.

    One private address among public ones refuses the name: an honest name has none, and which one a connection takes is
    chance. Raises Refused ("unresolvable", "private_address", "malformed") or Unreachable("timeout").
    """
    found = _look_up(host, port, deadline.left())
    if not found:
        raise Refused("unresolvable")
    if not anywhere and not all(map(is_public, found)):
        raise Refused("private_address")
    return found


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system's resolver in a thread of its own: it knows no time limit."""
    answers: SimpleQueue[list[str] | Refused] = SimpleQueue()
    Thread(target=lambda: answers.put(_ask_resolver(host, port)), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise Unreachable("timeout") from None
    if isinstance(answer, Refused):
        raise answer
    return answer


def _ask_resolver(host: str, port: int) -> list[str] | Refused:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        return Refused("malformed")
    except OSError:
        return Refused("unresolvable")
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class PinnedBackend(httpcore.NetworkBackend):
    """Lets httpcore connect to judged addresses only. SNI and Host keep the name; certificates are checked on it."""

    def __init__(self, deadline: Deadline, *, connect_seconds: float, anywhere: bool) -> None:
        self.deadline = deadline
        self.connect_seconds = connect_seconds
        self.anywhere = anywhere

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        connecting = self.deadline.at_most(self.connect_seconds)
        return DeadlineStream(self._connect(host, port, connecting), self.deadline, connecting)

    def _connect(self, host: str, port: int, connecting: Deadline) -> socket.socket:
        failed = Unreachable("connection")
        for address in addresses_of(host, port, deadline=connecting, anywhere=self.anywhere):
            try:
                return _connect_to(address, port, connecting.left())
            except TimeoutError:
                failed = Unreachable("timeout")
            except OSError:
                failed = Unreachable("connection")
        raise failed


def _connect_to(address: str, port: int, seconds: float) -> socket.socket:
    """A socket connected to exactly this address. Raises OSError, or Refused when somebody else answers."""
    connected = socket.create_connection((address, port), timeout=seconds)
    try:
        if ip_address(connected.getpeername()[0]) != ip_address(address):
            raise Refused("private_address")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connected.close()
        raise
    return connected


class DeadlineStream(httpcore.NetworkStream):
    """A socket all of whose reading and writing ends at one deadline; what httpcore says about time is not asked."""

    def __init__(self, connected: socket.socket, deadline: Deadline, connecting: Deadline) -> None:
        self.socket = connected
        self.deadline = deadline
        self.connecting = connecting

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.socket.settimeout(self.deadline.left())
        try:
            return self.socket.recv(min(max_bytes, READ_AT_ONCE))
        except TimeoutError:
            raise Unreachable("timeout") from None
        except OSError:
            raise Unreachable("connection") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        while buffer:
            self.socket.settimeout(self.deadline.left())
            try:
                buffer = buffer[self.socket.send(buffer) :]
            except TimeoutError:
                raise Unreachable("timeout") from None
            except OSError as error:
                # httpcore then still reads the answer of a server that did not want to read it all.
                raise httpcore.WriteError(str(error)) from None

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self.socket.settimeout(self.connecting.left())
        try:
            secured = ssl_context.wrap_socket(self.socket, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise Unreachable("timeout") from None
        except (OSError, ValueError):
            self.close()
            raise Unreachable("tls") from None
        return DeadlineStream(secured, self.deadline, self.connecting)

    def close(self) -> None:
        self.socket.close()

    def get_extra_info(self, info: str) -> Any:
        return self.socket if info in {"socket", "ssl_object"} and self._tells(info) else None

    def _tells(self, info: str) -> bool:
        return info == "socket" or isinstance(self.socket, ssl.SSLSocket)
