"""Which IAM action a request to MLflow needs, by method and path.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerwithmlflow.html
"""

from __future__ import annotations

import re

PREFIX = "sagemaker-mlflow:"
# One action opens the whole of an app.
APP_ACTION = "sagemaker:CallMlflowAppApi"
API = re.compile(r"/(?:ajax-)?api/\d+\.\d+/(?P<rest>.+)")
# {path below the API's prefix, a name in place of `*`: {method or "" for any: action}}
ACTIONS: dict[str, dict[str, str]] = {
    "mlflow/experiments/create": {"": "CreateExperiment"},
    "mlflow/experiments/search": {"": "SearchExperiments"},
    "mlflow/experiments/get": {"": "GetExperiment"},
    "mlflow/experiments/get-by-name": {"": "GetExperimentByName"},
    "mlflow/experiments/delete": {"": "DeleteExperiment"},
    "mlflow/experiments/restore": {"": "RestoreExperiment"},
    "mlflow/experiments/update": {"": "UpdateExperiment"},
    "mlflow/experiments/set-experiment-tag": {"": "SetExperimentTag"},
    "mlflow/experiments/delete-experiment-tag": {"": "DeleteExperimentTag"},
    "mlflow/experiments/search-datasets": {"": "SearchRuns"},
    "mlflow/runs/create": {"": "CreateRun"},
    "mlflow/runs/update": {"": "UpdateRun"},
    "mlflow/runs/delete": {"": "DeleteRun"},
    "mlflow/runs/restore": {"": "RestoreRun"},
    "mlflow/runs/get": {"": "GetRun"},
    "mlflow/runs/search": {"": "SearchRuns"},
    "mlflow/runs/log-metric": {"": "LogMetric"},
    "mlflow/runs/log-parameter": {"": "LogParam"},
    "mlflow/runs/log-batch": {"": "LogBatch"},
    "mlflow/runs/log-model": {"": "LogModel"},
    "mlflow/runs/log-inputs": {"": "LogInputs"},
    "mlflow/runs/outputs": {"": "LogOutputs"},
    "mlflow/runs/set-tag": {"": "SetTag"},
    "mlflow/runs/delete-tag": {"": "DeleteTag"},
    "mlflow/metrics/get-history": {"": "GetMetricHistory"},
    "mlflow/metrics/get-history-bulk": {"": "GetMetricHistory"},
    "mlflow/metrics/get-history-bulk-interval": {"": "GetMetricHistory"},
    "mlflow/artifacts/list": {"": "ListArtifacts"},
    "mlflow/artifacts/presigned-upload-url": {"": "LogModel"},
    "mlflow/registered-models/create": {"": "CreateRegisteredModel"},
    "mlflow/registered-models/rename": {"": "RenameRegisteredModel"},
    "mlflow/registered-models/update": {"": "UpdateRegisteredModel"},
    "mlflow/registered-models/delete": {"": "DeleteRegisteredModel"},
    "mlflow/registered-models/get": {"": "GetRegisteredModel"},
    "mlflow/registered-models/search": {"": "SearchRegisteredModels"},
    "mlflow/registered-models/get-latest-versions": {"": "GetLatestModelVersions"},
    "mlflow/registered-models/set-tag": {"": "SetRegisteredModelTag"},
    "mlflow/registered-models/delete-tag": {"": "DeleteRegisteredModelTag"},
    "mlflow/registered-models/alias": {
        "GET": "GetModelVersionByAlias",
        "POST": "SetRegisteredModelAlias",
        "DELETE": "DeleteRegisteredModelAlias",
    },
    "mlflow/model-versions/create": {"": "CreateModelVersion"},
    "mlflow/model-versions/update": {"": "UpdateModelVersion"},
    "mlflow/model-versions/transition-stage": {"": "TransitionModelVersionStage"},
    "mlflow/model-versions/delete": {"": "DeleteModelVersion"},
    "mlflow/model-versions/get": {"": "GetModelVersion"},
    "mlflow/model-versions/search": {"": "SearchModelVersions"},
    "mlflow/model-versions/get-download-uri": {"": "GetDownloadURIForModelVersionArtifacts"},
    "mlflow/model-versions/set-tag": {"": "SetModelVersionTag"},
    "mlflow/model-versions/delete-tag": {"": "DeleteModelVersionTag"},
    "mlflow/logged-models": {"": "CreateLoggedModel"},
    "mlflow/logged-models/search": {"": "SearchLoggedModels"},
    "mlflow/logged-models/*": {
        "GET": "GetLoggedModel",
        "PATCH": "FinalizeLoggedModel",
        "DELETE": "DeleteLoggedModel",
    },
    "mlflow/logged-models/*/params": {"": "LogLoggedModelParams"},
    "mlflow/logged-models/*/tags": {"": "SetLoggedModelTags"},
    "mlflow/logged-models/*/tags/*": {"": "DeleteLoggedModelTag"},
    "mlflow/logged-models/*/artifacts/directories": {"": "ListLoggedModelArtifacts"},
    "mlflow/traces": {"GET": "SearchTraces", "POST": "StartTrace"},
    "mlflow/traces/search": {"": "SearchTraces"},
    "mlflow/traces/delete-traces": {"": "DeleteTraces"},
    "mlflow/traces/*": {"GET": "GetTraceInfo", "PATCH": "EndTrace"},
    "mlflow/traces/*/info": {"": "GetTraceInfo"},
    "mlflow/traces/*/tags": {"PATCH": "SetTraceTag", "DELETE": "DeleteTraceTag"},
}
# Paths of the pages' own, which are outside the API.
PAGES: dict[str, str] = {
    "/get-artifact": "ListArtifacts",
    "/model-versions/get-artifact": "GetDownloadURIForModelVersionArtifacts",
    "/graphql": "SearchRuns",
    "/v1/traces": "StartTrace",
}
LOOK = "AccessUI"
PLAIN = ("/", "/health", "/version", "/favicon.ico")
_PATTERNS = [(re.compile(re.escape(path).replace(r"\*", "[^/]+")), by_method) for path, by_method in ACTIONS.items()]


def needed(method: str, path: str) -> str:
    """The action a request needs. What AWS's table does not know is called by its own path, so that only who may do
    everything may do it."""
    if path in PAGES:
        return PREFIX + PAGES[path]
    found = API.fullmatch(path)
    if found is None:
        return PREFIX + (LOOK if path in PLAIN or path.startswith("/static-files/") else _named(path))
    rest = found["rest"].rstrip("/")
    exact = ACTIONS.get(rest)
    candidates = [exact] if exact else [by_method for pattern, by_method in _PATTERNS if pattern.fullmatch(rest)]
    for by_method in candidates:
        action = by_method.get(method) or by_method.get("")
        if action:
            return PREFIX + action
    return PREFIX + _named(f"{method.capitalize()}/{rest}")


def _named(path: str) -> str:
    """An action's name made of a path's words."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", path) if word) or LOOK
