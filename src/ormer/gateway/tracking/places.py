"""Where requests may have a tracking server look for artifacts: in S3, as its role, and nowhere in its own sandbox."""

from __future__ import annotations

import json
import re

from ormer.aws.errors import validation
from ormer.gateway.messages import Request

# {path: members that name a place; protobuf's JSON has two spellings}
NAMED = {
    "experiments/create": ("artifact_location", "artifactLocation"),
    "model-versions/create": ("source",),
}
PATH = re.compile(r"/(?:ajax-)?api/\d+\.\d+/mlflow/(?P<rest>[^?]+?)/?")
# MLflow's own addresses lead to places that were checked when they were made.
ALLOWED = ("s3://", "models:/", "runs:/", "mlflow-artifacts:")


def check(request: Request) -> None:
    """Raise ValidationException when a request names a place outside S3."""
    found = PATH.fullmatch(request.path)
    members = NAMED.get(found["rest"], ()) if found is not None else ()
    if not members:
        return
    try:
        asked = json.loads(request.body)
        # MLflow takes an object that was written as a text, too.
        asked = json.loads(asked) if isinstance(asked, str) else asked
    except ValueError:
        return  # MLflow says what is wrong with it
    for member in members:
        place = asked.get(member) if isinstance(asked, dict) else None
        if place and not str(place).startswith(ALLOWED):
            raise validation(f"{member} {place} is not in S3: a tracking server's artifacts are at s3:// addresses.")
