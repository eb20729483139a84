"""The OpenAPI 3.1 document, made of what the operations declare. docs/openapi.json is a copy of it."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from api import shapes
from api.examples import EXAMPLES
from api.json_schema import ref
from api.operation import Operation

Schema = dict[str, Any]
JSON, PROBLEM = "application/json", "application/problem+json"

WHY = {
    400: "The address, a header or the JSON could not be read.",
    401: "No key, or one that is not valid at this shop.",
    403: "The key has not the scope.",
    404: "There is no such thing at this shop.",
    405: "The address does not take this method.",
    406: "The header Accept does not allow JSON.",
    409: "Not now, or not like this: `code` says why.",
    412: "It has changed since it was read (If-Match).",
    413: "The body is larger than a mebibyte.",
    415: "The body is not JSON.",
    422: "The body has mistakes, or the Idempotency-Key was used for another call.",
    429: "The key has made too many calls: wait for Retry-After.",
    503: "Nothing was changed; send it again after Retry-After.",
}
ALWAYS, OF_WRITES, OF_BODIES = (400, 401, 403, 405, 406, 429, 503), (409, 422), (413, 415, 422)
DONE = {200: "Here it is.", 201: "It was created.", 204: "It is gone."}
IDEMPOTENCY_KEY = {
    "type": "string",
    "pattern": "^[!-~]{1,255}$",
    "description": "Names this act: sent again with the same key, it happens once, and gets the same answer.",
}
TAGS = {
    "Customers": "Shoppers, who they have proven to be, and what they agreed to.",
    "Orders": "What was bought and given back: whole documents, whenever they change.",
    "Points": "What members have and why; giving, taking, earning.",
    "Rewards": "What points buy, and what became of it.",
    "Tiers": "Who is a better regular.",
    "Stamps": "Punch cards: so many visits, and then something free.",
    "Programme": "The rules for points.",
    "Webhooks": "News that Dangol sends to programs.",
}
ABOUT = """
Read and change a shop's customers, orders and points. The address is the shop's own host; a key from the backoffice
(Developers) goes into the header `Authorization: Bearer dk_live_…`. Bodies are JSON in UTF-8, errors are problem
details (RFC 9457). The guide with examples is docs/api.md.
""".strip()


def documented(operation: Operation, method: str) -> Callable[[Any], Any]:
    """Have drf-spectacular describe the handler of a method by its operation."""
    return extend_schema(
        operation_id=operation.run.__name__,
        summary=operation.summary,
        description=inspect.cleandoc(operation.run.__doc__ or "") + f"\n\nScope: `{operation.scope}`.",
        tags=[operation.tag],
        parameters=_parameters(operation, method),
        request={JSON: ref(operation.body)} if operation.body else None,
        responses=_responses(operation),
        auth=[{"ApiKey": [operation.scope]}],  # type: ignore[list-item]
    )


def _parameters(operation: Operation, method: str) -> list[OpenApiParameter]:
    found = [_parameter(name, schema, "path", required=True) for name, schema in operation.path.items()]
    found += [_parameter(name, schema, "query") for name, schema in operation.query.items()]
    if operation.writes:
        found.append(_parameter("Idempotency-Key", IDEMPOTENCY_KEY, "header", required=method == "post"))
    if operation.matches:
        tag = {"type": "string", "description": "Only if it still has this ETag.", "pattern": '^("[!#-~]*"|\\*)$'}
        found.append(_parameter("If-Match", tag, "header"))
    return found


def _parameter(name: str, schema: Schema, location: Any, *, required: bool = False) -> OpenApiParameter:
    about = schema.get("description", "")
    plain = {key: value for key, value in schema.items() if key != "description"}
    return OpenApiParameter(name, plain or OpenApiTypes.STR, location, required=required, description=about)


def _responses(operation: Operation) -> dict[Any, OpenApiResponse]:
    refused = {*ALWAYS, *operation.refuses}
    if operation.writes:
        refused |= {*OF_WRITES}
    if operation.body:
        refused |= {*OF_BODIES}
    if operation.path:
        refused.add(404)
    if operation.matches:
        refused.add(412)
    done: dict[Any, OpenApiResponse] = {
        (status, JSON) if name else status: OpenApiResponse(ref(name) if name else None, description=DONE[status])
        for status, name in operation.answers.items()
    }
    return done | {
        (status, PROBLEM): OpenApiResponse(ref("Problem"), description=WHY[status]) for status in sorted(refused)
    }


@cache
def document() -> Schema:
    """The OpenAPI document, the same at every shop."""
    from api.urls import described

    made: Schema = SchemaGenerator(patterns=described).get_schema(public=True)  # type: ignore[no-untyped-call]
    problems = _finish_operations(made)
    made["info"]["description"] = ABOUT
    made["servers"] = [{"url": "/", "description": "The shop's own host"}]
    made["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    made.setdefault("components", {})["schemas"] = shapes.components()
    made["components"]["responses"] = problems
    made["components"]["securitySchemes"] = {
        "ApiKey": {"type": "http", "scheme": "bearer", "description": "A key from the backoffice (Developers)."}
    }
    return json.loads(json.dumps(made, default=str))


def _finish_operations(made: Schema) -> dict[str, Schema]:
    """Give bodies their examples, and let problems refer to one response of each kind. Returns those."""
    shared: dict[str, Schema] = {}
    for operation in (o for path in made["paths"].values() for o in path.values()):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"][JSON]
            content["example"] = EXAMPLES[content["schema"]["$ref"].rpartition("/")[2]]
            operation["requestBody"]["required"] = True
        for status, response in operation["responses"].items():
            if PROBLEM in response.get("content", {}):
                shared[f"Problem{status}"] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return dict(sorted(shared.items()))


@cache
def etag() -> str:
    """The document's entity tag."""
    return f'"{hashlib.sha256(as_text().encode()).hexdigest()[:27]}"'


def as_text() -> str:
    """The document as it is served and as docs/openapi.json holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
