"""An address of the API: one view made of its operations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone, translation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from api import idempotency, limiting
from api.calling import Answer, Call, names
from api.documenting import documented
from api.entry import KeyAuthentication, StrictJSON, told
from api.limiting import Quota
from api.operation import Operation
from config.problems import Refused


class ProblemRenderer(JSONRenderer):
    """So that a program may also ask for problem details by their own name."""

    media_type = "application/problem+json"


class Endpoint(APIView):
    """Lets a key in, counts the call, checks the scope, and hands over to the operation of the method."""

    operations: ClassVar[dict[str, Operation]] = {}
    authentication_classes = [KeyAuthentication]
    permission_classes: ClassVar[list[Any]] = []
    throttle_classes: ClassVar[list[Any]] = []
    parser_classes = [StrictJSON]
    renderer_classes = [JSONRenderer, ProblemRenderer]
    metadata_class = None
    quota: Quota | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises 401, 403, 406 or 429."""
        super().initial(request, *args, **kwargs)
        self.quota = limiting.spend(request.auth)
        method = "get" if request.method == "HEAD" else request.method.lower()
        operation = self.operations.get(method)
        if operation and operation.scope not in request.auth.scopes:
            raise Refused(403, "scope_missing", f"This key has not the scope {operation.scope}.")

    def answer(self, operation: Operation, request: Request, ids: dict[str, Any]) -> HttpResponse:
        """Check what the operation declares, carry it out, and make the response of its answer."""
        operation.check_path(ids)
        query, body = operation.read_query(request.query_params), None
        if operation.writes:
            idempotency.check_key(request.headers.get("Idempotency-Key"), required=request.method == "POST")
        if operation.body:
            body = request.data
            operation.check_body(body)
        raw = getattr(request, "raw", b"")
        call = Call(request._request, request.auth, timezone.now(), body=body, query=query, raw=raw)
        if operation.before:
            operation.before(call, **ids)
        if operation.writes:
            return respond(call, idempotency.carry_out(call, lambda: operation.run(call, **ids)))
        return respond(call, operation.run(call, **ids))

    def get_exception_handler(self) -> Any:
        return told

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """With what is left of the key's calls, and whether it was a trial."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.quota.headers if self.quota else {}).items():
            response.headers.setdefault(name, value)
        if getattr(getattr(request, "_auth", None), "test", False):  # `auth` would let in once more
            response["Dangol-Test"] = "true"
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def resource(name: str, **operations: Operation) -> Any:
    """The view of an address, with one operation for each of its methods (get, put, post, patch, delete)."""
    methods = [*operations, *(["head"] if "get" in operations else [])]
    handlers = {method: documented(operation, method)(_handler(operation)) for method, operation in operations.items()}
    view: Any = type(name, (Endpoint,), {"operations": operations, "http_method_names": methods, **handlers})
    return view.as_view()


def respond(call: Call, answer: Answer) -> HttpResponse:
    """The answer over HTTP; 304 when the program has it already (If-None-Match)."""
    headers = dict(answer.headers)
    if call.request.method != "POST" and answer.body:
        headers.setdefault("ETag", answer.etag)
    wanted = call.request.headers.get("If-None-Match", "")
    if call.request.method in {"GET", "HEAD"} and wanted and names(wanted, headers.get("ETag", "")):
        return HttpResponse(status=304, headers=headers)
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json", headers=headers)
    if not answer.body:
        del response["Content-Type"]
    return response


def _handler(operation: Operation) -> Any:
    def handle(self: Endpoint, request: Request, **ids: Any) -> HttpResponse:
        if "Accept-Language" not in request.headers:
            return self.answer(operation, request, ids)
        with translation.override(translation.get_language_from_request(request._request)):
            response = self.answer(operation, request, ids)
            response["Content-Language"] = translation.get_language()
            response["Vary"] = "Accept-Language"
            return response

    handle.__doc__ = operation.run.__doc__
    return handle
