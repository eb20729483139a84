"""Between a shop and us: what becomes of its news on the way."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """One webhook as it leaves the shop."""

    topic: str
    body: bytes
    headers: dict[str, str] = field(repr=False)
    content_type: str = "application/json"


Deliver = Callable[[Message], int]  # returns the status that the receiver answered


class Faults:
    """A wire that loses, delays, doubles and shuffles, the same way for the same seed.

    `lost`, `late` and `doubled` are shares of the messages. The late ones wait for `release`; with `shuffled` all do,
    and come in another order. The shop sees a 200 for what is lost or waits, as with a proxy that swallows it.
    """

    def __init__(
        self,
        deliver: Deliver,
        seed: int,
        *,
        lost: float = 0,
        late: float = 0,
        doubled: float = 0,
        shuffled: bool = False,
    ) -> None:
        self._deliver, self._random = deliver, random.Random(seed)
        self._lost, self._late, self._doubled, self._shuffled = lost, late, doubled, shuffled
        self.waiting: list[Message] = []
        self.sent = self.swallowed = 0

    def __call__(self, message: Message) -> int:
        """Take one message of the shop's."""
        self.sent += 1
        if self._random.random() < self._lost:
            self.swallowed += 1
            return 200
        copies = 2 if self._random.random() < self._doubled else 1
        if self._shuffled or self._random.random() < self._late:
            self.waiting += [message] * copies
            return 200
        return [self._deliver(message) for _ in range(copies)][-1]

    def release(self) -> None:
        """Let everything that waits arrive now."""
        waiting, self.waiting = self.waiting, []
        if self._shuffled:
            self._random.shuffle(waiting)
        for message in waiting:
            self._deliver(message)
