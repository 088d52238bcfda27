"""The one in-process way to call an AWS operation: the gateway, the engines, Studio and the CLI all come through here.

A call is checked against AWS's model, authorised against the caller's policies, run, and its answer cut to the model.
Whoever starts it, the path is the same; only HTTP is missing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.model import OperationModel

from ormer.aws import errors
from ormer.aws.checks import Checker
from ormer.aws.fit import Fitter
from ormer.aws.identities import Identity
from ormer.aws.models import Models
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What an operation is given besides its request: who calls, from where, and the stores."""

    stores: Stores
    port: Port
    identity: Identity
    region: str
    service: str
    operation: str
    request_id: str

    @property
    def account(self) -> str:
        return self.identity.account

    @property
    def now(self) -> float:
        """The calendar, in seconds."""
        return self.stores.clock.now()

    @property
    def actor(self) -> JsonDict:
        """The caller in SageMaker's form, for CreatedBy and LastModifiedBy."""
        return {"IamIdentity": {"Arn": self.identity.arn, "PrincipalId": self.identity.user_id}}

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction that commits at the block's end; joins the one under way."""
        with self.stores.database.write() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent snapshot."""
        with self.stores.database.read() as tx:
            yield tx

    def api(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        """Call another operation as the same caller."""
        return self.port.call(self.identity, self.region, service, operation, params)


Operation = Callable[[Call, JsonDict], JsonDict | None]


class Registry(Protocol):
    """Finds operations: services.registry is one."""

    def find(self, service: str, operation: str) -> Operation | None: ...


class DataPlane(Protocol):
    """What answers invocations of models: the operations of sagemaker-runtime go through it. All raise AwsError."""

    def invoke(self, call: Call, request: JsonDict) -> JsonDict: ...

    def stream(self, call: Call, request: JsonDict) -> JsonDict: ...

    def invoke_later(self, call: Call, request: JsonDict) -> JsonDict: ...


class FunctionPlane(Protocol):
    """What runs functions: a synchronous Invoke waits in it for its invocation's end."""

    def wait(self, arn: str, seconds: float) -> Row | None: ...


class Gate(Protocol):
    """Decides whether a caller may; raises AwsError when not."""

    def authorise(self, call: Call, operation: OperationModel, params: Mapping[str, Any]) -> None: ...


class Api:
    """The port with a caller and a region filled in: `api("sagemaker", "CreateTrainingJob", {...})`."""

    def __init__(self, port: Port, identity: Identity, region: str) -> None:
        self.port = port
        self.identity = identity
        self.region = region

    def __call__(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        return self.port.call(self.identity, self.region, service, operation, params)


class Port:
    """Calls operations. strict: raise when an answer lacks a member its model requires (tests do).

    data_plane, function_plane: set by the roof, once there are any.
    """

    def __init__(self, stores: Stores, registry: Registry, gate: Gate, models: Models, strict: bool = False) -> None:
        self.stores = stores
        self.models = models
        self.data_plane: DataPlane | None = None
        self.function_plane: FunctionPlane | None = None
        self._registry = registry
        self._gate = gate
        self._checker = Checker()
        self._fitter = Fitter(strict)

    def call(
        self,
        identity: Identity,
        region: str,
        service: str,
        operation: str,
        params: JsonDict,
        request_id: str | None = None,
    ) -> JsonDict:
        """Answer one request. Raises AwsError as AWS would, with status 501 for an operation that is not there yet."""
        return self.answer(self.admit(identity, region, service, operation, params, request_id), params)

    def admit(
        self,
        identity: Identity,
        region: str,
        service: str,
        operation: str,
        params: JsonDict,
        request_id: str | None = None,
    ) -> Call:
        """The first half of `call`: check and authorise. For S3's streamed bodies, which are read in between."""
        model = self.models.operation(service, operation)
        if self._registry.find(service, operation) is None:
            raise errors.not_implemented(service, operation)
        call = Call(self.stores, self, identity, region, service, operation, request_id or str(uuid.uuid4()))
        self._checker.check(model, params)
        self._gate.authorise(call, model, params)
        return call

    def answer(self, call: Call, params: JsonDict) -> JsonDict:
        """The second half of `call`: run the operation of an admitted call and cut its answer to the model."""
        function = self._registry.find(call.service, call.operation)
        assert function is not None, "an admitted call has an operation"
        return self._fitter.fit(self.models.operation(call.service, call.operation), function(call, params))

    def acting_as(self, identity: Identity, region: str) -> Api:
        """The port for one caller."""
        return Api(self, identity, region)
