"""InvokeEndpoint: where a request goes, what goes along, and how a model's errors come back."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ormer.aws.errors import AwsError
from ormer.engines.hosting.routes import Instance, Variant
from ormer.first_run import root_key
from ormer.stores import resources


def told(answer: dict[str, Any]) -> Any:
    return json.loads(answer["Body"].read())


def refused(call: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


def test_a_variant_with_an_evaluator_answers_without_a_server(runtime, route, fast):
    route("one", fast)
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"21,0", ContentType="text/csv")
    assert answer["Body"].read() == b"42"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_what_the_evaluator_cannot_tell_its_server_answers(runtime, route, fast, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),), evaluator=fast.evaluator))
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"server,1", ContentType="text/csv")
    assert answer["Body"].read() == b"a:server,1"


def test_the_request_reaches_the_container_as_it_was_sent(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    answer = runtime.invoke_endpoint(
        EndpointName="one",
        Body=bytes(range(256)),
        ContentType="application/x-thing; charset=utf-8",
        Accept="application/json;q=0.5",
        CustomAttributes="trace id=1;  b=2",
        InferenceId="number 7",
    )
    seen = told(answer)
    assert seen["body"].encode("latin-1") == bytes(range(256))
    assert seen["path"] == "/invocations"
    wanted = {
        "content-type": "application/x-thing; charset=utf-8",
        "accept": "application/json;q=0.5",
        "x-amzn-sagemaker-custom-attributes": "trace id=1;  b=2",
        "x-amzn-sagemaker-inference-id": "number 7",
        "content-length": "256",
    }
    assert wanted.items() <= seen["headers"].items()
    assert "authorization" not in seen["headers"]


def test_custom_attributes_of_the_model_come_back(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"", ContentType="do/attributes")
    assert answer["CustomAttributes"] == "from the model"


def test_chunked_answers_and_long_bodies_arrive_whole(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    long = b"|".join([b"x" * 70_000] * 20)
    answer = runtime.invoke_endpoint(EndpointName="one", Body=long, ContentType="do/chunks")
    assert answer["Body"].read() == long.replace(b"|", b"")


def test_containers_of_a_pipeline_answer_in_order(runtime, route, models):
    first, second = models.start("a"), models.start("b")
    route("one", Variant("AllTraffic", 1.0, (Instance("i", first.sockets + second.sockets),)))
    answer = runtime.invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
    assert answer["Body"].read() == b"b:a:1"


def test_one_container_is_invoked_directly_where_the_endpoint_says_so(runtime, route, models):
    sockets = models.start("a").sockets + models.start("b").sockets
    route("one", Variant("AllTraffic", 1.0, (Instance("i", sockets, hostnames=("left", "right")),)))
    ask = {"EndpointName": "one", "Body": b"1", "ContentType": "text/csv"}
    assert runtime.invoke_endpoint(TargetContainerHostname="right", **ask)["Body"].read() == b"b:1"
    error = refused(runtime.invoke_endpoint, TargetContainerHostname="middle", **ask)["Error"]
    assert error["Code"] == "ValidationError"
    assert "left, right" in error["Message"]


def test_traffic_is_divided_by_weight_and_a_variant_can_be_named(runtime, route, fast):
    route("one", Variant("a", 3.0, evaluator=fast.evaluator), Variant("b", 1.0, evaluator=fast.evaluator))
    seen = Counter(
        runtime.invoke_endpoint(EndpointName="one", Body=b"1")["InvokedProductionVariant"] for _ in range(200)
    )
    # 150 are expected of `a`; six standard deviations either way.
    assert 113 < seen["a"] < 187
    named = [
        runtime.invoke_endpoint(EndpointName="one", Body=b"1", TargetVariant="b")["InvokedProductionVariant"]
        for _ in range(5)
    ]
    assert set(named) == {"b"}


def test_a_variant_that_is_not_there_is_named(runtime, route, fast, server):
    route("one", fast)
    error = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"1", TargetVariant="other")["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"].startswith("Variant other not found in endpoint")


def test_an_endpoint_that_is_not_there_is_named_with_its_account(runtime, server):
    response = refused(runtime.invoke_endpoint, EndpointName="none", Body=b"1")
    assert response["Error"]["Code"] == "ValidationError"
    assert response["Error"]["Message"] == f"Endpoint none of account {server.config.account} not found."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_endpoint_that_is_being_made_tells_its_status(server, runtime):
    account, region = server.config.account, server.config.region
    arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/young"
    with server.house.stores.database.write() as tx:
        resources.create(tx, arn=arn, kind="Endpoint", name="young", document={}, now=1.0, status="Creating")
    message = refused(runtime.invoke_endpoint, EndpointName="young", Body=b"1")["Error"]["Message"]
    assert message.startswith(f"Endpoint young of account {account} not found. It is Creating")


def test_a_request_to_an_endpoint_that_a_new_server_has_yet_to_take_up_waits_for_it(server, runtime, route, fast):
    account, region = server.config.account, server.config.region
    arn = f"arn:aws:sagemaker:{region}:{account}:endpoint/back"
    with server.house.stores.database.write() as tx:
        resources.create(tx, arn=arn, kind="Endpoint", name="back", document={}, now=1.0, status="InService")
    taking_up = threading.Timer(0.3, lambda: route("back", fast))
    taking_up.start()
    assert runtime.invoke_endpoint(EndpointName="back", Body=b"4", ContentType="text/csv")["Body"].read() == b"8"
    taking_up.join()


@pytest.mark.parametrize(
    ("kind", "status", "word", "said"),
    [("do/refused", 400, "client", "no such column"), ("do/broken", 500, "server", "the model broke")],
)
def test_a_models_error_comes_back_in_its_own_words(runtime, route, models, kind, status, word, said):
    made = route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    response = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"1", ContentType=kind)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["Error"]["Code"] == "ModelError"
    assert response["Error"]["Message"] == (
        f'Received {word} error ({status}) from primary with message "{said}". See '
        f"https://{made.region}.console.aws.amazon.com/cloudwatch/home?region={made.region}"
        f"#logEventViewer:group=/aws/sagemaker/Endpoints/one in account {made.account} for more information."
    )
    assert response["OriginalStatusCode"] == status
    assert response["OriginalMessage"] == said
    assert response["LogStreamArn"].endswith("log-group:/aws/sagemaker/Endpoints/one")


def test_an_evaluators_refusal_is_the_models_error(runtime, route, fast):
    route("one", fast)
    response = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"wrong")
    assert response["OriginalStatusCode"] == 415
    assert response["OriginalMessage"] == "that is no number"


def test_a_body_beyond_25_megabytes_is_refused_and_one_of_25_is_not(runtime, route, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),)))
    body = b"x" * (25 << 20)
    answer = runtime.invoke_endpoint(EndpointName="one", Body=body[:-2], ContentType="text/csv")
    assert len(answer["Body"].read()) == len(body)
    response = refused(runtime.invoke_endpoint, EndpointName="one", Body=body + b"x")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert response["Error"]["Message"] == "HTTP content length exceeded 26214400 bytes."


def test_a_serverless_variant_is_woken_and_held_to_its_concurrency(runtime, route, models, server):
    woken, refusal_seen = threading.Event(), threading.Event()
    asleep = Variant("AllTraffic", 1.0, wake=woken.set, concurrency_max=1)
    made = route("one", asleep)

    def wake() -> None:
        refusal_seen.wait()
        awake = Variant("AllTraffic", 1.0, (models.start("a"),), wake=woken.set, concurrency_max=1)
        route("one", awake)

    waking = threading.Thread(target=wake)
    waking.start()
    answers: list[Any] = []
    first = threading.Thread(
        target=lambda: answers.append(
            server.client("sagemaker-runtime").invoke_endpoint(EndpointName="one", Body=b"1", ContentType="text/csv")
        )
    )
    first.start()
    woken.wait()
    error = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"2")["Error"]
    assert error["Code"] == "ThrottlingException"
    refusal_seen.set()
    first.join()
    waking.join()
    assert answers[0]["Body"].read() == b"a:1"
    assert made.name == "one"


def test_a_model_of_many_is_loaded_and_invoked_at_its_path(server, runtime, route, models):
    loaded: list[str] = []

    def load(made: Any, variant: Variant, instance: Instance, target_model: str) -> str:
        if target_model == "none.tar.gz":
            raise AwsError("ValidationError", "There is no model none.tar.gz.")
        loaded.append(f"{made.name}/{variant.name}/{instance.name}/{target_model}")
        return "/models/abc/invoke"

    server.house.invocations.containers.load_model = load
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),), multi_model=True))
    seen = told(runtime.invoke_endpoint(EndpointName="one", Body=b"1", TargetModel="north/m.tar.gz"))
    assert seen["path"] == "/models/abc/invoke"
    assert seen["headers"]["x-amzn-sagemaker-target-model"] == "north/m.tar.gz"
    assert loaded == ["one/AllTraffic/a/north/m.tar.gz"]
    error = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"1", TargetModel="none.tar.gz")["Error"]
    assert error["Message"] == "There is no model none.tar.gz."
    error = refused(runtime.invoke_endpoint, EndpointName="one", Body=b"1")["Error"]
    assert error["Message"] == "Endpoint one serves many models; name one by TargetModel."


def test_policies_may_name_the_models_that_are_invoked(server, route, models):
    server.house.invocations.containers.load_model = lambda *_: "/invocations"
    made = route("one", Variant("AllTraffic", 1.0, (models.start("a"),), multi_model=True))
    iam = server.client("iam")
    iam.create_user(UserName="narrow")
    statement = {
        "Effect": "Allow",
        "Action": "sagemaker:InvokeEndpoint",
        "Resource": made.arn,
        "Condition": {"StringLike": {"sagemaker:TargetModel": "north/*"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="narrow", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="narrow")["AccessKey"]
    narrow = server.client(
        "sagemaker-runtime",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    assert told(narrow.invoke_endpoint(EndpointName="one", Body=b"1", TargetModel="north/m"))["body"] == "1"
    error = refused(narrow.invoke_endpoint, EndpointName="one", Body=b"1", TargetModel="south/m")["Error"]
    assert error["Code"] == "AccessDeniedException"


def test_invocations_over_tls_are_answered_as_well(server, route, fast, models):
    route("one", Variant("AllTraffic", 1.0, (models.start("a"),), evaluator=fast.evaluator))
    key = root_key(server.house.stores)
    secure = boto3.client(
        "sagemaker-runtime",
        region_name=server.config.region,
        endpoint_url=f"https://127.0.0.1:{server.config.tls_port}",
        verify=str(server.config.home / "tls" / "ca-bundle.pem"),
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret,
    )
    assert secure.invoke_endpoint(EndpointName="one", Body=b"21")["Body"].read() == b"42"
    answer = secure.invoke_endpoint(EndpointName="one", Body=b"server", ContentType="text/csv")
    assert answer["Body"].read() == b"a:server"
