"""Knocking at every door of a host, and noting all that comes back: page, headers, cookies, mails and log lines."""

from __future__ import annotations

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tenants import activity, directory
from tests.isolation.doors import DOORS, Door, patterns
from tests.isolation.filling import Filled

KNOCKS = count()
METHODS = ("get", "post", "put", "delete")
SIGN_IN = ("/account/login/", "/sign-in/", "/operator/login/")


@dataclass(frozen=True)
class Answer:
    """What came back from one door."""

    name: str
    door: Door
    method: str
    response: Any
    seen: str
    said: list[str]

    @property
    def refuses(self) -> bool:
        """Whether it says no, or asks to sign in first."""
        status, to = self.response.status_code, self.response.headers.get("Location", "")
        return status in {400, 401, 403, 404, 405} or (status in {302, 307} and to.startswith(SIGN_IN))

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.name} → {self.response.status_code}"


def answers(
    client: Client,
    urlconf: str,
    *,
    ids: Filled,
    bearer: Filled,
    methods: tuple[str, ...] = METHODS,
    undo: bool = False,
) -> Iterator[Answer]:
    """What every door of the host answers to each method.

    What an answer changed stays, with `undo` only until the next is asked for.
    """
    for name, _pattern, route in patterns(urlconf):
        door = DOORS[urlconf][name]
        for method in methods:
            with undone() if undo else nullcontext():
                yield knock(client, name, door, route, urlconf, ids, bearer, method)


def knock(
    client: Client, name: str, door: Door, route: str, urlconf: str, ids: Filled, bearer: Filled, method: str
) -> Answer:
    """One request with cookies of its own, whatever earlier answers did to them."""
    own = Client(headers={"host": client.defaults["HTTP_HOST"]})
    if door.key:
        own.defaults["HTTP_AUTHORIZATION"] = f"Bearer {bearer.secrets['api_key']}"
        own.defaults["HTTP_IDEMPOTENCY_KEY"] = uuid.uuid4().hex
        own.defaults["REMOTE_ADDR"] = f"198.51.100.{next(KNOCKS) % 250}"  # or all would soon be answered 429
    own.cookies.load({key: morsel.value for key, morsel in client.cookies.items()})
    values, data = door.path_values(ids, bearer), door.data(ids, bearer)
    path = path_to(name, route, values, urlconf)
    mail.outbox.clear()
    with log_lines() as log:
        if method == "get":
            response = own.get(path, data)
        elif door.json or method != "post":
            response = getattr(own, method)(path, json.dumps(data), content_type="application/json")
        else:
            response = own.post(path, data)
    seen = "\n".join([_text(response), *map(_mail_text, mail.outbox), log.getvalue()])
    cookies = [morsel.value for morsel in client.cookies.values()]
    return Answer(name, door, method, response, seen, [*map(str, (*values.values(), *data.values())), *cookies, path])


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is undone; only for tests that run in a transaction."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    directory.forget()
    activity.forget()


@contextmanager
def log_lines() -> Iterator[io.StringIO]:
    """Every line that is logged meanwhile, from debug up, as it would be written."""
    root = logging.getLogger()
    written, level = io.StringIO(), root.level
    handler = logging.StreamHandler(written)
    handler.setFormatter(next(h.formatter for h in root.handlers if _is_ours(h)))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _is_ours(handler: logging.Handler) -> bool:
    return type(handler.formatter).__name__ == "ProcessorFormatter"


def path_to(name: str, route: str, values: dict[str, Any], urlconf: str) -> str:
    """The address of a pattern with these values; a nameless one is told by its route."""
    if name != route:
        return reverse(name, kwargs=values, urlconf=urlconf)
    with_values = re.sub(r"<\w+:(\w+)>|\(\?P<(\w+)>.*?\)", lambda m: str(values[m[1] or m[2]]), route)
    return "/" + re.sub(r"[\^$]", "", with_values)


def _text(response: Any) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers}\n{response.cookies.output()}\n{body_of(response)}"


def body_of(response: Any) -> str:
    """What the answer says; of a file that is streamed too, which may be asked for again."""
    if not response.streaming:
        return str(response.content.decode(errors="replace"))
    body = b"".join(response.streaming_content)
    response.streaming_content = [body]
    return body.decode(errors="replace")


def _mail_text(message: Any) -> str:
    return str(message.message())
