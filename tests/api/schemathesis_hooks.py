"""A check of our own for schemathesis: with a key that is not valid here, nothing but a refusal comes back."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.check
def refused(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]) -> None:
    assert response.status_code in {401, 403, 404, 429}, response.status_code
