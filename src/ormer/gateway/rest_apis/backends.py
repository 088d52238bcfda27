"""What integrations ask: endpoints and functions, as the role that the integration names or as API Gateway itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ormer.aws import arns, function_names, policies
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity, session_identity
from ormer.aws.rest_apis import CALLER, Backend, backend, with_variables
from ormer.gateway.protocols import rest_json
from ormer.gateway.rest_apis import refusals
from ormer.gateway.rest_apis.exchanges import Exchange
from ormer.gateway.rest_apis.mappings import Outcome
from ormer.stores import resources
from ormer.stores.access import PolicyGate
from ormer.stores.functions import functions, invocations
from ormer.stores.functions.functions import Target
from ormer.stores.functions.invocations import Answer
from ormer.stores.port import Port

JsonDict = dict[str, Any]
PRINCIPAL = "apigateway.amazonaws.com"
# As AWS names its sessions.
SESSION = "BackplaneAssumeRoleSession"
INVOKE_FUNCTION = "lambda:InvokeFunction"
RUNTIME, INVOKE_ENDPOINT = "sagemaker-runtime", "InvokeEndpoint"
INVOCATION_TYPE = ("header", "x-amz-invocation-type")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_BYTES_MAX = 6_291_556


@dataclass(frozen=True)
class Backends:
    """Asks endpoints and functions through the port."""

    port: Port
    gate: PolicyGate

    def named(self, asked: Exchange) -> Backend:
        """What the integration's URI means for this request. Raises Refused."""
        uri = with_variables(asked.integration["uri"], asked.deployed.variables)
        for (place, name), value in asked.mapped.items():
            if place == "path":
                uri = uri.replace(f"{{{name}}}", quote(value, safe=""))
        try:
            return backend(uri)
        except ValueError as error:
            raise refusals.misconfigured(str(error)) from None

    def endpoint(self, asked: Exchange, named: Backend, payload: bytes) -> Outcome:
        """InvokeEndpoint with the body and its media type; a refusal is an outcome too. Raises Refused."""
        identity = self._identity(asked)
        assert identity is not None, "integrations of endpoints have a role"
        model = self.port.models.operation(RUNTIME, INVOKE_ENDPOINT)
        sent = asked.request.headers
        kind = sent.get("content-type", asked.media_type)
        params: JsonDict = {"EndpointName": named.name, "Body": payload, "ContentType": kind}
        if sent.get("accept", "*/*") != "*/*":
            params["Accept"] = sent["accept"]
        for member, shape in model.input_shape.members.items():
            value = asked.mapped.get(("header", shape.serialization.get("name", "").lower()))
            if shape.serialization.get("location") == "header" and value is not None:
                params[member] = value
        try:
            result = self.port.call(identity, named.region, RUNTIME, INVOKE_ENDPOINT, params, asked.request.id)
            answer = rest_json.serialize(model, result, asked.request)
        except AwsError as error:
            answer = rest_json.serialize_error(model, error, asked.request)
        assert isinstance(answer.body, bytes), "an invocation's answer is whole"
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Outcome(str(answer.status), answer.body, headers)

    def function(self, asked: Exchange, named: Backend, payload: str) -> Answer | None:
        """The function's answer; None when it is to run by itself. Raises Refused."""
        if len(payload.encode()) > PAYLOAD_BYTES_MAX:
            raise refusals.too_long()
        stores, plane = self.port.stores, self.port.function_plane
        identity = self._identity(asked)
        later = asked.integration["type"] == "AWS" and asked.mapped.get(INVOCATION_TYPE) == "Event"
        with stores.database.write() as tx:
            target = self._target(asked, named)
            self._check(asked, target, identity)
            row = invocations.begin(
                tx,
                stores.vault,
                target,
                payload,
                now=stores.clock.now(),
                asynchronous=later,
                actor=identity.arn if identity is not None else PRINCIPAL,
            )
        if later:
            return None
        ended = plane.wait(row.arn, asked.seconds) if plane is not None else None
        if ended is None:
            raise refusals.timed_out()
        with stores.database.write(durable=False) as tx:
            resources.delete(tx, row.arn)
        return invocations.answer_of(ended)

    def _target(self, asked: Exchange, named: Backend) -> Target:
        try:
            name = function_names.parse(named.name)
        except ValueError as error:
            raise refusals.misconfigured(str(error)) from None
        with self.port.stores.database.read() as tx:
            found = functions.target(tx, asked.account, named.region, name)
        if found is None or found.function.account != asked.account:
            raise refusals.misconfigured(f"there is no function {named.name}")
        return found

    def _check(self, asked: Exchange, target: Target, identity: Identity | None) -> None:
        """Raise Refused unless the role, or the function's own policy, lets the API invoke it."""
        if identity is not None:
            try:
                self.gate.permit(identity, asked.region, INVOKE_FUNCTION, target.arn)
            except AwsError as error:
                raise refusals.misconfigured(error.message) from None
            return
        statements = target.function.facts.get("policies", {}).get(target.qualifier or functions.LATEST, [])
        source = asked.arn(asked.found.resource["path"])
        context = {"aws:SourceArn": source, "aws:SourceAccount": asked.account}
        if not policies.trusts({"Statement": statements}, [PRINCIPAL], context, INVOKE_FUNCTION):
            raise refusals.misconfigured(
                f"Invalid permissions on Lambda function {target.arn}: its policy does not let {PRINCIPAL} invoke it "
                f"for {source}. Use AddPermission or AWS::Lambda::Permission."
            )

    def _identity(self, asked: Exchange) -> Identity | None:
        """The role's session, or the caller; None where neither is asked for. Raises Refused."""
        credentials = asked.integration.get("credentials") or ""
        if not credentials:
            return None
        if CALLER.fullmatch(credentials):
            if asked.identity is None:
                raise refusals.misconfigured("the caller's own credentials are to be used, and nobody signed")
            return asked.identity
        with self.port.stores.database.read() as tx:
            row = resources.get(tx, credentials) if arns.is_arn(credentials) else None
        trust = json.loads(row.document["AssumeRolePolicyDocument"]) if row is not None and row.kind == "Role" else {}
        source = {"aws:SourceArn": asked.arn(asked.found.resource["path"]), "aws:SourceAccount": asked.account}
        if row is None or row.account != asked.account or not policies.trusts(trust, [PRINCIPAL], source):
            raise refusals.misconfigured(f"{PRINCIPAL} may not assume the role {credentials}")
        return session_identity(row.arn, SESSION, row.document.get("RoleId", "AROA"))
