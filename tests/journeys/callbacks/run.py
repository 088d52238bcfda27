"""A pipeline that asks twice through a queue: first the person who runs it, then a function that reads the queue."""

import argparse
import io
import json
import time
import zipfile

import boto3
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession

FUNCTION = """
import json

import boto3


def handler(event, context):
    for record in event["Records"]:
        asked = json.loads(record["body"])
        words = asked["arguments"]["words"]
        boto3.client("sagemaker").send_pipeline_execution_step_success(
            CallbackToken=asked["token"], OutputParameters=[{"Name": "count", "Value": str(len(words.split()))}]
        )
"""


def zipped(text):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", text)
    return content.getvalue()


def answered(sqs, sagemaker, url):
    """Take the message of the first step and answer it."""
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    asked = json.loads(message["Body"])
    words = [{"Name": "words", "Value": f"{asked['arguments']['greeting']} to you"}]
    sagemaker.send_pipeline_execution_step_success(CallbackToken=asked["token"], OutputParameters=words)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return asked


def function_of(lambda_, role, queue):
    """A function that reads a queue; in a role that was made a moment ago it may take a while."""
    lambda_.create_function(
        FunctionName="counts-words",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped(FUNCTION)},
    )
    lambda_.create_event_source_mapping(EventSourceArn=queue, FunctionName="counts-words", Enabled=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role")
    parser.add_argument("--bucket")
    told = parser.parse_args()
    boto = boto3.Session()
    sqs, sagemaker = boto.client("sqs"), boto.client("sagemaker")
    session = PipelineSession(boto_session=boto, sagemaker_client=sagemaker, default_bucket=told.bucket)
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("asks-people", "asks-functions")]
    wanted = {"QueueUrl": urls[1], "AttributeNames": ["QueueArn"]}
    function_of(boto.client("lambda"), told.role, sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"])

    words = CallbackOutput(output_name="words", output_type=CallbackOutputTypeEnum.String)
    # A queue's bare name does as well as its URL.
    people = ParameterString(name="Queue", default_value="asks-people")
    greet = CallbackStep(name="greet", sqs_queue_url=people, inputs={"greeting": "good day"}, outputs=[words])
    count = CallbackStep(
        name="count",
        sqs_queue_url=urls[1],
        inputs={"words": greet.properties.Outputs["words"]},
        outputs=[CallbackOutput(output_name="count", output_type=CallbackOutputTypeEnum.String)],
    )
    pipeline = Pipeline(name="asking", parameters=[people], steps=[greet, count], sagemaker_session=session)
    pipeline.upsert(role_arn=told.role)
    execution = pipeline.start()
    asked = answered(sqs, sagemaker, urls[0])
    while execution.describe()["PipelineExecutionStatus"] == "Executing":
        time.sleep(0.2)
    status = execution.describe()["PipelineExecutionStatus"]
    print(json.dumps({"stage": "result", "execution": execution.arn, "asked": asked, "status": status}))


if __name__ == "__main__":
    main()
