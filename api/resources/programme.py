"""The rules for points."""

from __future__ import annotations

from django.http import Http404

from api import telling
from api.calling import Answer, Call
from api.operation import operation
from loyalty.programme import in_force


@operation("points:read", "Get the programme", "Programme", answers={200: "Programme"}, refuses=(404,))
def get_programme(call: Call) -> Answer:
    """The version in force now; 404 before the first."""
    version = in_force(call.at)
    if version is None:
        raise Http404
    return Answer(telling.programme(version))
