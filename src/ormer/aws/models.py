"""AWS's service models, read as data from botocore: the one source of shapes, routes and constraints.

Only the packaged models are read (never ~/.aws/models), without their documentation, each when it is first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.loaders import JSONFileLoader, Loader
from botocore.model import OperationModel, ServiceModel

from ormer.aws import form_names


class Wire(NamedTuple):
    """How requests for one service are recognised before its model is loaded.

    scope: the service name inside the SigV4 credential scope. target: the prefix of X-Amz-Target, "" without one.
    query: whether form bodies with Action= are spoken, ec2: those of EC2's own kind; rest: whether operations are told
    apart by method and path.
    host: the label(s) in front of the region in the service's host name.
    """

    scope: str
    target: str = ""
    query: bool = False
    rest: bool = False
    host: str = ""
    ec2: bool = False

    @property
    def form(self) -> bool:
        """Whether form bodies with Action= are spoken, of either kind."""
        return self.query or self.ec2


# A test compares this table with the models, so that starting up need not load thirty of them.
WIRES: Mapping[str, Wire] = {
    "sagemaker": Wire("sagemaker", "SageMaker", host="api.sagemaker"),
    "sagemaker-runtime": Wire("sagemaker", rest=True, host="runtime.sagemaker"),
    "sagemaker-metrics": Wire("sagemaker", rest=True, host="metrics.sagemaker"),
    "sagemaker-featurestore-runtime": Wire("sagemaker", rest=True, host="featurestore-runtime.sagemaker"),
    "s3": Wire("s3", rest=True, host="s3"),
    "sts": Wire("sts", query=True, host="sts"),
    "iam": Wire("iam", query=True, host="iam"),
    "logs": Wire("logs", "Logs_20140328", host="logs"),
    "cloudwatch": Wire("monitoring", "GraniteServiceVersion20100801", query=True, host="monitoring"),
    "athena": Wire("athena", "AmazonAthena", host="athena"),
    "glue": Wire("glue", "AWSGlue", host="glue"),
    "kms": Wire("kms", "TrentService", host="kms"),
    "ecr": Wire("ecr", "AmazonEC2ContainerRegistry_V20150921", host="api.ecr"),
    "events": Wire("events", "AWSEvents", host="events"),
    "codecommit": Wire("codecommit", "CodeCommit_20150413", host="codecommit"),
    "codepipeline": Wire("codepipeline", "CodePipeline_20150709", host="codepipeline"),
    "codebuild": Wire("codebuild", "CodeBuild_20161006", host="codebuild"),
    "cloudformation": Wire("cloudformation", query=True, host="cloudformation"),
    "servicecatalog": Wire("servicecatalog", "AWS242ServiceCatalogService", host="servicecatalog"),
    "codeconnections": Wire(
        "codeconnections", "com.amazonaws.codeconnections.CodeConnections_20231201", host="codeconnections"
    ),
    "ec2": Wire("ec2", host="ec2", ec2=True),
    "codestar-connections": Wire(
        "codestar-connections",
        "com.amazonaws.codestar.connections.CodeStar_connections_20191201",
        host="codestar-connections",
    ),
    "lambda": Wire("lambda", rest=True, host="lambda"),
    "apigateway": Wire("apigateway", rest=True, host="apigateway"),
    "apigatewayv2": Wire("apigateway", rest=True, host="apigateway"),
    "scheduler": Wire("scheduler", rest=True, host="scheduler"),
    "sns": Wire("sns", query=True, host="sns"),
    "sqs": Wire("sqs", "AmazonSQS", query=True, host="sqs"),
    "ssm": Wire("ssm", "AmazonSSM", host="ssm"),
    "secretsmanager": Wire("secretsmanager", "secretsmanager", host="secretsmanager"),
    "application-autoscaling": Wire(
        "application-autoscaling", "AnyScaleFrontendService", host="application-autoscaling"
    ),
    "resource-groups": Wire("resource-groups", rest=True, host="resource-groups"),
    "resourcegroupstaggingapi": Wire("tagging", "ResourceGroupsTaggingAPI_20170126", host="tagging"),
    "stepfunctions": Wire("states", "AWSStepFunctions", host="states"),
}

# Services that older clients speak to by forms, which the newest model does not tell of any more.
WITH_OLDER_FORMS = frozenset({"sqs"})


def service_of_target(prefix: str) -> str | None:
    """The service whose X-Amz-Target begins with `prefix` (the part before the last dot)."""
    return next((name for name, wire in WIRES.items() if wire.target and wire.target == prefix), None)


def services_of_scope(scope: str) -> tuple[str, ...]:
    """The services that sign with this scope; four of them share `sagemaker`."""
    return tuple(name for name, wire in WIRES.items() if wire.scope == scope)


# Shapes (service, name) whose length the model bounds below what AWS's service takes; the operation checks it itself.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
LONGER_THAN_MODELLED = (("sagemaker-runtime", "BodyBlob"),)
# Patterns (service, shape) that are wider here: our own repositories are cloned over plain HTTP too.
WIDER_PATTERNS: Mapping[tuple[str, str], str] = {("sagemaker", "GitConfigUrl"): "https?://([^/]+)/?.{3,1016}"}


class _UndocumentedLoader(JSONFileLoader):  # type: ignore[misc]
    """botocore's reader of model files, less the documentation: it is two thirds of the bytes."""

    def load_file(self, file_path: str) -> Any:
        loaded = super().load_file(file_path)
        return _without_documentation(loaded) if file_path.endswith("service-2") else loaded


def _without_documentation(node: Any) -> Any:
    """A copy without `documentation` texts; a member that is itself called documentation is a dict and stays."""
    if isinstance(node, dict):
        return {
            key: _without_documentation(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_without_documentation(value) for value in node]
    return node


class Models:
    """Service models by botocore's names, loaded when first asked for; safe to share between threads."""

    def __init__(self) -> None:
        self._services: dict[str, ServiceModel] = {}
        self._forms: dict[str, ServiceModel] = {}
        self._lock = threading.Lock()

    def service(self, name: str) -> ServiceModel:
        """The model of one service; KeyError when ormer does not know the service."""
        found = self._services.get(name)
        if found is not None:
            return found
        if name not in WIRES:
            raise KeyError(name)
        with self._lock:
            if name not in self._services:
                self._services[name] = ServiceModel(_load(name), name)
            return self._services[name]

    def operation(self, service: str, name: str) -> OperationModel:
        """The model of one operation; KeyError when AWS has no such service or operation."""
        model = self.service(service)
        if name not in model.operation_names:
            raise KeyError(f"{service}:{name}")
        return model.operation_model(name)

    def form(self, service: str, name: str) -> OperationModel:
        """The model of one operation as the query protocol calls its members."""
        if service not in WITH_OLDER_FORMS:
            return self.operation(service, name)
        with self._lock:
            if service not in self._forms:
                self._forms[service] = ServiceModel(form_names.as_form(_load(service)), service)
        return self._forms[service].operation_model(name)

    def has(self, service: str, name: str) -> bool:
        return service in WIRES and name in self.service(service).operation_names


def _load(name: str) -> dict[str, Any]:
    """One model as a plain dict, newest API version, from the files packaged with botocore."""
    loader = Loader(
        extra_search_paths=[Loader.BUILTIN_DATA_PATH],
        file_loader=_UndocumentedLoader(),
        include_default_search_paths=False,
    )
    model: dict[str, Any] = loader.load_service_model(name, "service-2")
    for service, shape in LONGER_THAN_MODELLED:
        if service == name:
            model["shapes"][shape].pop("max", None)
    for (service, shape), pattern in WIDER_PATTERNS.items():
        if service == name:
            model["shapes"][shape]["pattern"] = pattern
    return form_names.with_codes(model) if name in WITH_OLDER_FORMS else model
