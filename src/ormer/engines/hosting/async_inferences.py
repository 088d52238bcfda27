"""Asynchronous inference: requests wait in a queue, answers become objects.

Durable is the queue: a row for each acknowledged request, removed in the transaction that announces its answer. A task
for each endpoint looks at its queue and starts as many as the instances take; what is under way is known in memory
only. So after a crash the first in the queue are asked again, their answers land in the same objects, and each is
announced once.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.hosting import async_results
from ormer.engines.hosting.async_results import Result
from ormer.engines.hosting.exchanges import Answered, Asked, NoEndpoint
from ormer.engines.hosting.invocations import Invocations
from ormer.engines.hosting.routes import Route
from ormer.engines.worker import Again, Work
from ormer.stores import async_inferences, tasks
from ormer.stores.access import PolicyGate
from ormer.stores.async_inferences import Queued
from ormer.stores.objects.rows import DEFAULT_CONTENT_TYPE, parse_uri
from ormer.stores.port import Call
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
TASK = "async_inference"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
TTL_SECONDS, TIMEOUT_SECONDS = 21_600, 900
INPUT_BYTES_MAX = ANSWER_BYTES_MAX = 1 << 30
# Requests at once on an instance where MaxConcurrentInvocationsPerInstance says nothing.
CONCURRENCY = 4
LOOK_SECONDS = 5.0
RETRY_SECONDS = 1.0
SESSION_NAME = "SageMaker"
# Refusals that say "not now".
PASSING = frozenset({"ServiceUnavailable", "ThrottlingException", "ModelNotReadyException"})
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class UnderWay:
    """A request that a model is working on."""

    queued: Queued
    started: float
    future: Future[Answered]


class AsyncInferences:
    """The queues of all asynchronous endpoints: `accept` fills them, the task function `run` empties them."""

    def __init__(self, stores: Stores, invocations: Invocations) -> None:
        self._stores = stores
        self._invocations = invocations
        self._under_way: dict[int, UnderWay] = {}
        self._paused: dict[int, float] = {}
        self._measured: dict[str, float] = {}
        self._lock = threading.Lock()
        self._wakers = ThreadPoolExecutor(1, "async-inference")

    def start(self) -> None:
        """Look at every queue again that the last server left."""
        with self._stores.database.write() as tx:
            for arn in async_inferences.endpoints(tx):
                tasks.wake(tx, TASK, arn)

    def stop(self) -> None:
        self._wakers.shutdown(wait=False, cancel_futures=True)

    def accept(self, call: Call, route: Route, request: JsonDict) -> JsonDict:
        """Queue a request; InvokeEndpointAsync's answer. Raises ValidationError."""
        output = route.async_output
        if output is None:
            raise AwsError("ValidationError", f"Endpoint {route.name} is not asynchronous: use InvokeEndpoint.")
        if ("InputLocation" in request) == ("Body" in request):
            raise AwsError("ValidationError", "Give the input either as InputLocation or as Body.")
        if "InputLocation" in request and not _is_object(request["InputLocation"]):
            raise AwsError("ValidationError", "InputLocation must have the form s3://bucket/key.")
        identifier = str(uuid.uuid4())
        inference_id = request.get("InferenceId") or identifier
        name = inference_id if SAFE_NAME.fullmatch(inference_id) else identifier
        folder = f"/{request['S3OutputPathExtension'].strip('/')}" if "S3OutputPathExtension" in request else ""
        answer = {
            "InferenceId": inference_id,
            "OutputLocation": f"{output.output_uri.rstrip('/')}{folder}/{request.get('Filename') or f'{name}.out'}",
        }
        if output.failure_uri:
            answer["FailureLocation"] = f"{output.failure_uri.rstrip('/')}{folder}/{name}-error.out"
        with call.write() as tx:
            async_inferences.add(
                tx,
                endpoint_arn=route.arn,
                inference_id=inference_id,
                received=call.now,
                request={key: value for key, value in request.items() if key != "Body"},
                body=bytes(request["Body"]) if "Body" in request else None,
                output=answer["OutputLocation"],
                failure=answer.get("FailureLocation", ""),
            )
            tasks.wake(tx, TASK, route.arn)
        return answer

    def run(self, work: Work) -> Again | None:
        """One look at an endpoint's queue."""
        route = next((route for route in self._invocations.routes if route.arn == work.subject), None)
        self._collect(work, route)
        with work.read() as tx:
            backlog = async_inferences.count(tx, work.subject)
            queue = async_inferences.oldest(tx, work.subject, self._capacity(route))
        self._measure(work, route, backlog)
        if not backlog:
            return None
        waits = False
        for queued in queue:
            if queued.id in self._under_way:
                continue
            if work.now - queued.received > queued.request.get("RequestTTLSeconds", TTL_SECONDS):
                text = "The request waited longer than its RequestTTLSeconds and was not processed."
                self._end(work, route, queued, Result(failure=text, expired=True))
            elif self._pauses(queued) or not self._begin(work, route, queued):
                waits = True
        return Again(RETRY_SECONDS if waits or route is None else LOOK_SECONDS)

    def _pauses(self, queued: Queued) -> bool:
        """Whether a request that was refused for the moment is tried again later."""
        if self._paused.get(queued.id, 0.0) > time.monotonic():
            return True
        self._paused.pop(queued.id, None)
        return False

    def _capacity(self, route: Route | None) -> int:
        if route is None or route.async_output is None:
            return CONCURRENCY
        return (route.async_output.concurrency_max or CONCURRENCY) * max(1, _instances(route))

    def _begin(self, work: Work, route: Route | None, queued: Queued) -> bool:
        """Send a request to its model; False when that is not possible now."""
        loop = self._invocations.loop
        if route is None or loop is None:
            return False
        try:
            asked = self._asked(route, queued)
        except AwsError as error:
            self._end(work, route, queued, Result(failure=f"{error.code}: {error.message}"))
            return True
        seconds = queued.request.get("InvocationTimeoutSeconds", TIMEOUT_SECONDS)
        asking = self._invocations.invoke(route, asked, seconds_max=seconds, answer_bytes_max=ANSWER_BYTES_MAX)
        future = asyncio.run_coroutine_threadsafe(asking, loop)
        with self._lock:
            self._under_way[queued.id] = UnderWay(queued, time.monotonic(), future)
        future.add_done_callback(lambda _: self._wake(queued.endpoint_arn))
        return True

    def _asked(self, route: Route, queued: Queued) -> Asked:
        """The request with its input. Raises AwsError when the input cannot be read.

        A request that names no ContentType has that of its object: SDK 2 gives it to the object only.
        """
        request, body = queued.request, queued.body
        kind = request.get("ContentType", "")
        if body is None:
            bucket, key = self._permitted(route, "s3:GetObject", request["InputLocation"])
            found = self._stores.objects.get(bucket, key)
            if found.size > INPUT_BYTES_MAX:
                raise AwsError("ValidationError", f"The input is longer than {INPUT_BYTES_MAX} bytes.")
            body = self._stores.objects.path(found).read_bytes()
            if not kind and found.content_type != DEFAULT_CONTENT_TYPE:
                kind = found.content_type
        return Asked(
            body,
            kind,
            request.get("Accept", ""),
            request.get("CustomAttributes", ""),
            inference_id=queued.inference_id,
        )

    def _permitted(self, route: Route | None, action: str, uri: str) -> tuple[str, str]:
        """Bucket and key of an object that the model's role may read or write. Raises AwsError."""
        try:
            bucket, key = self._stores.objects.parse_uri(uri)
        except ValueError as error:
            raise AwsError("ValidationError", str(error)) from None
        if route is not None and route.role_arn:
            role = session_identity(route.role_arn, SESSION_NAME)
            PolicyGate(self._stores).permit(role, route.region, action, f"arn:aws:s3:::{bucket}/{key}")
        return bucket, key

    def _collect(self, work: Work, route: Route | None) -> None:
        """Write down what has ended."""
        with self._lock:
            ended = [
                one for one in self._under_way.values() if one.queued.endpoint_arn == work.subject and one.future.done()
            ]
        for one in ended:
            with self._lock:
                self._under_way.pop(one.queued.id)
            result = _result(one)
            if result is not None:
                self._end(work, route, one.queued, result)
            else:
                self._paused[one.queued.id] = time.monotonic() + RETRY_SECONDS

    def _end(self, work: Work, route: Route | None, queued: Queued, result: Result) -> None:
        """Write the answer (or the failure) as an object, then announce it and forget the request."""
        result = self._written(route, queued, result)
        with work.write() as tx:
            if async_inferences.remove(tx, queued.id):
                output = route.async_output if route is not None else None
                async_results.announce(tx, queued, result, output, work.now)
                async_results.measure(tx, queued, result, work.now)

    def _written(self, route: Route | None, queued: Queued, result: Result) -> Result:
        """Put the object. Returns the result, a failed one when the object could not be written."""
        uri = queued.failure if result.failure else queued.output
        if not uri:
            return result
        body, kind = (result.failure.encode(), "text/plain") if result.failure else (result.body, result.content_type)
        try:
            bucket, key = self._permitted(route, "s3:PutObject", uri)
            self._stores.objects.put_bytes(bucket, key, body, kind)
        except AwsError as error:
            reason = result.failure or f"The answer could not be written: {error.code}: {error.message}"
            return Result(failure=reason, expired=result.expired, seconds=result.seconds)
        return result

    def _measure(self, work: Work, route: Route | None, backlog: int) -> None:
        """The queue's size, every few seconds and when it is empty."""
        now = time.monotonic()
        if backlog and now - self._measured.get(work.subject, float("-inf")) < LOOK_SECONDS:
            return
        self._measured[work.subject] = now
        with work.write() as tx:
            async_results.measure_backlog(tx, work.subject, backlog, _instances(route), work.now)

    def _wake(self, arn: str) -> None:
        """Have the queue looked at; called in the loop, which must not wait for the database."""
        try:
            self._wakers.submit(self._wake_now, arn)
        except RuntimeError:
            return  # the server stops; the next one looks at every queue

    def _wake_now(self, arn: str) -> None:
        with self._stores.database.write() as tx:
            tasks.wake(tx, TASK, arn)


def _result(one: UnderWay) -> Result | None:
    """How a request ended; None when it is to be tried again."""
    seconds = time.monotonic() - one.started
    if one.future.cancelled():
        return None
    error = one.future.exception()
    if error is None:
        answered = one.future.result()
        return Result(answered.body, answered.content_type, seconds=seconds)
    if not isinstance(error, AwsError):
        raise error
    # An endpoint that went away in the middle may come back: its requests stay in line until they are too old.
    if isinstance(error, NoEndpoint) or error.code in PASSING:
        return None
    return Result(failure=error.message, seconds=seconds)


def _is_object(uri: str) -> bool:
    try:
        return bool(parse_uri(uri)[1])
    except ValueError:
        return False


def _instances(route: Route | None) -> int:
    return sum(len(fleet.instances) for fleet in route.variants) if route is not None else 0
