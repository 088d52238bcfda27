"""The authorisation gate: what the caller's IAM policies allow, evaluated at every operation. Deny by default.

Root may do everything. A session may do what its role's policies allow, a user what the user's do. Conditions see the
request's tags, the resource's tags, the region and the principal.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from botocore.model import OperationModel

from ormer.aws import arns, policies
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.stores import (
    data_actions,
    managed_policies,
    named_actions,
    network_actions,
    resource_policies,
    resources,
    tagging,
)
from ormer.stores.database import Tx
from ormer.stores.objects import actions as object_actions
from ormer.stores.objects import tag_conditions
from ormer.stores.port import Call
from ormer.stores.repositories import actions as repository_actions
from ormer.stores.resources import Row
from ormer.stores.rules import names as rule_names
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]

# IAM's prefix of a service's actions where it is not the service's own name.
PREFIXES: Mapping[str, str] = {
    "sagemaker-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "sagemaker-featurestore-runtime": "sagemaker",
    "stepfunctions": "states",
    "resourcegroupstaggingapi": "tag",
}
# Operations that IAM calls otherwise.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
ACTIONS: Mapping[str, str] = {"Invoke": "InvokeFunction", **named_actions.SINGLE}
# Anyone who signs may ask who they are; whether a role may be assumed, its trust policy decides with the caller's own
# policies, in the operation itself.
ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:AssumeRole"})
VERBS = re.compile(
    r"^(?:Create|Describe|Update|Delete|Start|Stop|Retry|Get|Put|Invoke|BatchPut|Send|Associate|Disassociate)"
    r"(\w+?)(?:Async|WithResponseStream|Policy)?$"
)
# Members that name a resource of the service by its own name, and the resource part of that ARN. The first stands for
# the most: StartPipelineExecution is about the pipeline. AWS's table of actions says so for each.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
NAMED: Mapping[str, Mapping[str, str]] = {
    "sagemaker": {
        "PipelineName": "pipeline/{}",
        "ModelPackageGroupName": "model-package-group/{}",
        "TrialComponentName": "experiment-trial-component/{}",
        "TrialName": "experiment-trial/{}",
        "ExperimentName": "experiment/{}",
        "EndpointName": "endpoint/{}",
        "TrackingServerName": "mlflow-tracking-server/{}",
        "FeatureGroupName": "feature-group/{}",
        "AutoMLJobName": "automl-job/{}",
    },
    "iam": {
        "InstanceProfileName": "instance-profile/{}",
        "OpenIDConnectProviderArn": "{}",
        "RoleName": "role/{}",
        "UserName": "user/{}",
        "PolicyArn": "{}",
    },
    "logs": {"logGroupName": "log-group:{}", "logGroupIdentifier": "log-group:{}"},
    "ecr": {"repositoryName": "repository/{}"},
    "cloudwatch": {"AlarmName": "alarm:{}", "DashboardName": "dashboard/{}", "ResourceARN": "{}"},
    "sns": {"TopicArn": "{}", "TargetArn": "{}", "SubscriptionArn": "{}", "Name": "{}"},
    "kms": {"KeyId": "key/{}", "TargetKeyId": "key/{}"},
    "states": {
        "stateMachineArn": "{}",
        "executionArn": "{}",
        "activityArn": "{}",
        "stateMachineVersionArn": "{}",
        "stateMachineAliasArn": "{}",
        "resourceArn": "{}",
    },
    "codepipeline": {"pipelineName": "{}", "name": "{}", "resourceArn": "{}"},
    "lambda": {"FunctionName": "function:{}", "LayerName": "layer:{}", "Resource": "{}"},
    # A change set is authorised by its stack.
    "cloudformation": {"StackName": "stack/{}/*"},
}
# Services that act as a role they are given: the caller must be allowed to pass it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
PASSES_ROLES = frozenset(
    {
        "sagemaker",
        "codebuild",
        "codepipeline",
        "cloudformation",
        "events",
        "scheduler",
        "lambda",
        "apigateway",
        "apigatewayv2",
        "stepfunctions",
    }
)
# API Gateway's two versions, whose actions are the methods of their requests.
GATEWAYS = ("apigateway", "apigatewayv2")
# Services whose principal has another name.
PRINCIPALS = {"stepfunctions": "states", "apigatewayv2": "apigateway"}
PASSED_TO = "iam:PassedToService"
PASSED_ROLES = (
    "RoleArn",
    "RoleARN",
    "Role",
    "ExecutionRoleArn",
    "serviceRole",
    "serviceRoleOverride",
    "credentials",
    "CredentialsArn",
    "roleArn",
)
# https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html
PUSHED_TO = "codecommit:References"
# SageMaker's ARNs of these are written in lower case, whatever the name.
LOWERED = ("feature-group/", "experiment/", "experiment-trial/", "experiment-trial-component/")
# What IAM does for the caller where the request names no user.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
OF_THE_CALLER = frozenset({"CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "GetUser"})
KEY_ID_BYTES = 16
NAMED_PREFIXES = tuple(f"{service}:" for service in named_actions.SERVICES)
STORED_KINDS: Mapping[str, str] = {"role": "Role", "user": "User"}
DENIED_CODES: Mapping[str, str] = {
    "s3": "AccessDenied",
    "iam": "AccessDenied",
    "sts": "AccessDenied",
    "sqs": "AccessDenied",
    "ec2": "UnauthorizedOperation",
}


class PolicyGate:
    """Evaluates identity policies from the store; documents are read fresh, so a change holds at the next request."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def authorise(self, call: Call, operation: OperationModel, params: Mapping[str, Any]) -> None:
        """Raise AWS's access-denied error unless the caller may run the operation on what it names."""
        if call.identity.is_root:
            return
        if call.service == "s3":
            for action, target in object_actions.needed(operation.name, params):
                self.permit(call.identity, call.region, action, target, params)
            return
        action = f"{PREFIXES.get(call.service, call.service)}:{ACTIONS.get(operation.name, operation.name)}"
        if call.service == "codecommit":
            reference = repository_actions.reference(call, operation.name, params)
            params = {**params, PUSHED_TO: reference} if reference else params
        if call.service == "ec2":
            params = network_actions.tagged(params)
        if call.service in GATEWAYS:
            action = f"apigateway:{operation.http['method']}"
        for target in targets(call, operation, params):
            self.permit(call.identity, call.region, action, target, params)
        if call.service in PASSES_ROLES:
            for role in passed_roles(params):
                self.pass_role(call, role)

    def pass_role(self, call: Call, role: str) -> None:
        """Raise AccessDenied unless the caller may hand the role to the service of the call."""
        passed_to = {PASSED_TO: f"{PRINCIPALS.get(call.service, call.service)}.amazonaws.com"}
        self.permit(call.identity, call.region, "iam:PassRole", role, passed_to)

    def permit(
        self, identity: Identity, region: str, action: str, target: str, params: Mapping[str, Any] | None = None
    ) -> None:
        """Raise AccessDenied unless the identity may do `action` (such as s3:GetObject) on the ARN `target`."""
        if identity.is_root or action in ALWAYS_ALLOWED:
            return
        with self._stores.database.read() as tx:
            decision = decide(tx, identity, region, action, target, params or {})
        if not decision.allowed:
            code = DENIED_CODES.get(action.partition(":")[0], "AccessDeniedException")
            raise AwsError(
                code,
                f"User: {identity.arn} is not authorized to perform: {action} on resource: {target} {decision.reason}",
                403,
            )


def passed_roles(params: Mapping[str, Any]) -> list[str]:
    """The roles a request hands to the service, those of event targets included."""
    given = [params.get(name) for name in PASSED_ROLES]
    inline = (params.get("MonitoringScheduleConfig") or {}).get("MonitoringJobDefinition") or {}
    given.append(inline.get("RoleArn"))
    given += delivery_roles(params["pipeline"]) if isinstance(params.get("pipeline"), Mapping) else []
    given += [
        target.get("RoleArn")
        for target in (params.get("Target"), *(params.get("Targets") or ()))
        if isinstance(target, Mapping)
    ]
    return list(dict.fromkeys(role for role in given if isinstance(role, str) and role))


def delivery_roles(declaration: Mapping[str, Any]) -> list[str]:
    """The roles that a delivery pipeline's declaration names: its own and its actions'."""
    actions = [action for stage in declaration["stages"] for action in stage["actions"]]
    return [found for found in (one.get("roleArn") for one in (declaration, *actions)) if found]


def decide(
    tx: Tx, identity: Identity, region: str, action: str, target: str, params: Mapping[str, Any]
) -> policies.Decision:
    """Whether the identity's policies allow the action: its role's or user's, within boundary and session policies."""
    context = context_of(tx, identity, region, target, params)
    if action.startswith("s3:"):
        context |= object_actions.conditions(params)
        owner = object_actions.owner(tx, target)
        context |= {name: owner for name in ("aws:ResourceAccount", "s3:ResourceAccount") if owner}
    if action.startswith(NAMED_PREFIXES):
        context |= named_actions.conditions(tx, action, target, params)
    row = resources.get(tx, identity.role_arn or identity.arn)
    limit = boundary_of(tx, row) if row is not None else None
    documents = documents_of(tx, row) if row is not None else []
    if action.startswith("s3:") and tag_conditions.asked(documents):
        context |= tag_conditions.existing(tx, target, params.get("VersionId"))
    decision = policies.evaluate(documents, action, target, context, limit)
    decision = resource_policies.judged(tx, identity, action, target, context, decision)
    if decision.allowed and identity.session_policies:
        return policies.evaluate([json.loads(text) for text in identity.session_policies], action, target, context)
    return decision


def boundary_of(tx: Tx, row: Row) -> JsonDict | None:
    """The document of a role's or user's permissions boundary, None without one."""
    arn = row.facts.get("boundary")
    return managed_document(tx, arn) if arn else None


def managed_document(tx: Tx, arn: str) -> JsonDict | None:
    """The document of a managed policy, AWS's or the account's own; None when there is none of this ARN."""
    known = managed_policies.document(arn)
    if known is not None:
        return known
    own = resources.get(tx, arn)
    found: JsonDict | None = own.facts.get("policy") if own is not None and own.kind == "Policy" else None
    return found


def documents_of(tx: Tx, row: Row) -> list[JsonDict]:
    """The policy documents of a role's or user's row: inline ones, AWS's and the account's own."""
    found: list[JsonDict] = list(row.facts.get("inline", {}).values())
    for arn in row.facts.get("attached", ()):
        known = managed_document(tx, arn)
        if known is not None:
            found.append(known)
    return found


def context_of(tx: Tx, identity: Identity, region: str, target: str, params: Mapping[str, Any]) -> JsonDict:
    """Condition keys of a request. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    context: JsonDict = {
        "aws:PrincipalArn": identity.role_arn or identity.arn,
        "aws:PrincipalAccount": identity.account,
        "aws:PrincipalType": "AssumedRole" if identity.role_arn else identity.kind.capitalize(),
        "aws:userid": identity.user_id,
        "aws:username": identity.name,
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "false",
    }
    if arns.is_arn(target) and (owner := target.split(":")[4]):
        context["aws:ResourceAccount"] = owner
    context |= {key: params[key] for key in (PASSED_TO, PUSHED_TO) if key in params}
    if "TargetModel" in params:
        context["sagemaker:TargetModel"] = params["TargetModel"]
    if "ModelApprovalStatus" in params:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        context["sagemaker:ModelApprovalStatus"] = params["ModelApprovalStatus"]
    for key, value in identity.tags:
        context[f"aws:PrincipalTag/{key}"] = value
    wanted = params.get("Tags")
    if isinstance(wanted, list):
        pairs = {pair["Key"]: pair.get("Value", "") for pair in wanted if isinstance(pair, dict) and "Key" in pair}
        context |= {f"aws:RequestTag/{key}": value for key, value in pairs.items()}
        context["aws:TagKeys"] = list(pairs)
    if target != "*":
        for key, value in tagging.of(tx, target).items():
            context[f"aws:ResourceTag/{key}"] = value
            context[f"sagemaker:ResourceTag/{key}"] = value
            if target.startswith("arn:aws:secretsmanager:"):
                context[f"secretsmanager:ResourceTag/{key}"] = value
    return context


def targets(call: Call, model: OperationModel, params: Mapping[str, Any]) -> list[str]:
    """The ARNs a request is about, `["*"]` where it names none (lists, searches)."""
    operation = model.name
    if call.service in GATEWAYS:
        return [_path_arn(call, model, params)]
    if "ResourceArn" in params:
        return [params["ResourceArn"]]
    if call.service == "iam" and operation in OF_THE_CALLER and not params.get("UserName"):
        return [call.identity.arn]
    if call.service == "ec2":
        return network_actions.targets(call, operation, params)
    if call.service in ("events", "scheduler"):
        return rule_names.named(call.service, operation, call.region, call.account, params)
    if call.service == "stepfunctions" and operation in STATE_NAMES:
        return [STATE_NAMES[operation](call, params)]
    if call.service in ("kms", "logs", "ecr", "cloudwatch", "sns", "lambda", "stepfunctions"):
        return _named(call, params)
    if call.service == "codecommit":
        return repository_actions.targets(call, params)
    if call.service == "codepipeline":
        return _named(call, params.get("pipeline") or params)
    if call.service == "codebuild":
        return _built(call, params)
    if call.service in ("athena", "glue"):
        return data_actions.targets(call, params)
    if call.service in named_actions.SERVICES:
        return named_actions.targets(call, operation, params)
    if call.service == "sagemaker-featurestore-runtime":
        return _grouped(call, params)
    verb = VERBS.match(operation)
    if verb is not None:
        noun = verb.group(1)
        named_so = [f"{noun}Arn", f"{noun}Name", f"{noun}Id"]
        if noun.endswith("JobDefinition"):
            named_so.append("JobDefinitionName")
        for member in named_so:
            value = params.get(member)
            if isinstance(value, str) and value and member not in NAMED.get(call.service, {}):
                return [value if arns.is_arn(value) else _arn_of(call, noun, value)]
        if noun.endswith(("MlflowApp", "MlflowAppUrl")):
            # AWS makes an app's name, so one that is to be made has none yet.
            return [params.get("Arn") or _full(call, "mlflow-app/*")]
        if noun == "ModelPackage" and "ModelPackageGroupName" in params:
            # The version's number is not known yet; AWS's policies name the versions of a group by `group/*`.
            group = params["ModelPackageGroupName"].rpartition("/")[2]
            return [_full(call, f"model-package/{group}/*")]
    return _named(call, params) if verb is not None or call.service == "iam" else ["*"]


def _named(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The ARN of the first member that names a resource of the service."""
    for member, form in NAMED.get(PREFIXES.get(call.service, call.service), {}).items():
        value = params.get(member)
        if isinstance(value, str) and value:
            return [value if arns.is_arn(value) else _stored(call, form, value)]
    blob = params.get("CiphertextBlob")
    if isinstance(blob, bytes) and len(blob) > KEY_ID_BYTES:
        # A ciphertext names its key.
        return [_full(call, f"key/{uuid.UUID(bytes=blob[:KEY_ID_BYTES])}")]
    return ["*"]


def _aliased_machine(call: Call, params: Mapping[str, Any]) -> str:
    """The state machine whose version an alias is to stand for."""
    routes = params.get("routingConfiguration") or [{}]
    return str(routes[0].get("stateMachineVersionArn", "*")).rpartition(":")[0] or "*"


# Step Functions' requests that name what they are about by no member of NAMED.
STATE_NAMES: Mapping[str, Callable[[Call, Mapping[str, Any]], str]] = {
    "CreateStateMachine": lambda call, params: _stored(call, "stateMachine:{}", params["name"]),
    "CreateActivity": lambda call, params: _stored(call, "activity:{}", params["name"]),
    "CreateStateMachineAlias": _aliased_machine,
}


def _grouped(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The feature groups whose records a request is about."""
    given = [params.get("FeatureGroupName")]
    given += [one["FeatureGroupName"] for one in (*params.get("Identifiers", ()), *params.get("Entries", ()))]
    names = [one.rpartition("/")[2].lower() for one in given if one]
    return [_full(call, f"feature-group/{name}") for name in dict.fromkeys(names)]


def _path_arn(call: Call, model: OperationModel, params: Mapping[str, Any]) -> str:
    """API Gateway's resources are the paths of its own requests, without an account.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    """
    path = model.http["requestUri"].partition("?")[0]
    for name, member in (model.input_shape.members if model.input_shape is not None else {}).items():
        if member.serialization.get("location") == "uri" and name in params:
            path = path.replace(f"{{{member.serialization['name']}}}", quote(str(params[name]), safe=""))
    return arns.arn("apigateway", call.region, "", path)


def _built(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The projects a request is about: builds are authorised by their project."""
    given = [params.get("projectName"), params.get("name"), params.get("id")]
    given += [*(params.get("names") or ()), *(params.get("ids") or ())]
    names = [each.rpartition("/")[2].partition(":")[0] for each in given if isinstance(each, str) and each]
    return [_full(call, f"project/{name}") for name in dict.fromkeys(names)] or ["*"]


def _stored(call: Call, form: str, name: str) -> str:
    """The ARN of a name; what has a path in its ARN is looked up, since its name does not tell it."""
    if call.service == "kms" and name.startswith("alias/"):
        return _aliased(call, name)
    kind = STORED_KINDS.get(form.partition("/")[0])
    if kind is not None:
        with call.read() as tx:
            row = resources.find(tx, call.account, "", "iam", kind, name)
        if row is not None:
            return row.arn
    return _full(call, form.format(name.lower() if form.startswith(LOWERED) else name))


def _aliased(call: Call, alias: str) -> str:
    with call.read() as tx:
        row = resources.find(tx, call.account, call.region, "kms", "Alias", alias)
    return _full(call, f"key/{row.document['TargetKeyId']}" if row is not None else alias)


def _arn_of(call: Call, noun: str, name: str) -> str:
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", noun).lower()
    return _full(call, f"{kebab}/{name}")


def _full(call: Call, resource: str) -> str:
    service = PREFIXES.get(call.service, call.service)
    everywhere = service == "iam" or (service == "cloudwatch" and resource.startswith("dashboard/"))
    return arns.arn(service, "" if everywhere else call.region, call.account, resource)
