"""Hosting as SDK 3 code does it: ModelTrainer, ModelBuilder and the resources of the API.

`python sdk_3.py --role ARN --bucket BUCKET`; prints what came of each stage, a JSON object a line.
"""

import argparse
import time

import boto3
import data
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, ModelPackage
from sagemaker.core.shapes import (
    CaptureContentTypeHeader,
    CaptureOption,
    ContainerDefinition,
    DataCaptureConfig,
    OutputDataConfig,
    ProductionVariant,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.serve.async_inference import AsyncInferenceConfig
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.serve.serverless import ServerlessInferenceConfig
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

TYPE = "ml.m5.large"
ANSWER_SECONDS = 60


class Journey:
    def __init__(self, role, bucket):
        self.session = Session(default_bucket=bucket)
        self.session.default_bucket()
        self.role, self.bucket, self.prefix = role, bucket, "endpoints-3"
        self.root = f"s3://{bucket}/{self.prefix}"
        self.image = image_uris.retrieve(framework="xgboost", region=self.session.boto_region_name, version="3.0-5")
        self.s3 = boto3.client("s3")
        self.made = []

    def put(self, path, text):
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{path}", Body=text.encode())
        return f"{self.root}/{path}"

    def read_below(self, path):
        """Every object below a path, once there is one: (key, text)."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}/{path}").get("Contents", [])
            if found:
                return [(each["Key"], self.read(each["Key"])) for each in found]
            time.sleep(0.5)
        return []

    def read(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def train(self):
        trainer = ModelTrainer(
            training_image=self.image,
            role=self.role,
            base_job_name="hosted",
            compute=Compute(instance_type=TYPE, instance_count=1),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
            output_data_config=OutputDataConfig(s3_output_path=f"{self.root}/models"),
            hyperparameters={"num_round": 20, "max_depth": 4, "objective": "reg:squarederror"},
            sagemaker_session=self.session,
        )
        train = self.put("train/train.csv", data.table(400, 1))
        channel = InputData(channel_name="train", data_source=train, content_type="text/csv")
        trainer.train(input_data_config=[channel], logs=False)
        return trainer._latest_training_job.model_artifacts.s3_model_artifacts

    def builder(self, model_data):
        return ModelBuilder(
            image_uri=self.image,
            s3_model_data_url=model_data,
            role_arn=self.role,
            sagemaker_session=self.session,
            instance_type=TYPE,
        )

    def ask(self, endpoint):
        """The rows' predictions, as CSV."""
        body = "".join(",".join(map(str, row)) + "\n" for row in data.ROWS)
        answer = endpoint.invoke(body=body, content_type="text/csv", accept="text/csv")
        return answer.body.read().decode().split()

    def keep(self, endpoint):
        self.made.append(endpoint)
        return endpoint

    # The stages.

    def built(self, model_data):
        """ModelBuilder.build and deploy."""
        builder = self.builder(model_data)
        builder.build()
        endpoint = self.keep(builder.deploy(endpoint_name="built", initial_instance_count=1, instance_type=TYPE))
        data.tell("built", csv=self.ask(endpoint))

    def serverless(self, model_data):
        builder = self.builder(model_data)
        builder.build()
        config = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=2)
        endpoint = self.keep(builder.deploy(endpoint_name="dozing", inference_config=config))
        data.tell("serverless", csv=self.ask(endpoint))

    def asynchronous(self, model_data):
        builder = self.builder(model_data)
        builder.build()
        config = AsyncInferenceConfig(output_path=f"{self.root}/async")
        endpoint = builder.deploy(endpoint_name="by-and-by", inference_config=config, instance_type=TYPE)
        asked = self.put("asked/rows.csv", "0.5,0.25\n")
        client = boto3.client("sagemaker-runtime")
        client.invoke_endpoint_async(EndpointName="by-and-by", InputLocation=asked, ContentType="text/csv")
        self.keep(Endpoint.get("by-and-by") if endpoint is None or not hasattr(endpoint, "delete") else endpoint)
        data.tell("asynchronous", answers=self.read_below("async/"))

    def registered(self, model_data):
        """A version is registered, approved, and made a model by its ARN; all that is asked is captured."""
        package = self.builder(model_data).register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=[TYPE],
            transform_instances=[TYPE],
            model_package_group_name="endpoints-3",
            approval_status="PendingManualApproval",
        )
        arn = package if isinstance(package, str) else package.model_package_arn
        ModelPackage.get(model_package_name=arn).update(model_approval_status="Approved")
        container = ContainerDefinition(model_package_name=arn)
        Model.create(model_name="of-a-version", primary_container=container, execution_role_arn=self.role)
        variant = ProductionVariant(
            variant_name="AllTraffic", model_name="of-a-version", instance_type=TYPE, initial_instance_count=1
        )
        capture = DataCaptureConfig(
            initial_sampling_percentage=100,
            destination_s3_uri=f"{self.root}/captured",
            enable_capture=True,
            capture_options=[CaptureOption(capture_mode="Input"), CaptureOption(capture_mode="Output")],
            capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
        )
        EndpointConfig.create("of-a-version", production_variants=[variant], data_capture_config=capture)
        endpoint = Endpoint.create(endpoint_name="of-a-version", endpoint_config_name="of-a-version")
        endpoint.wait_for_status("InService", poll=1)
        self.keep(endpoint)
        data.tell("registered", csv=self.ask(endpoint), package=arn, captured=self.read_below("captured/"))

    def transformed(self):
        transformer = Transformer(
            model_name="of-a-version",
            instance_type=TYPE,
            instance_count=1,
            accept="text/csv",
            assemble_with="Line",
            output_path=f"{self.root}/transformed",
            sagemaker_session=self.session,
        )
        transformer.transform(
            data=self.put("test/test.csv", data.table(30, 2)),
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
            wait=True,
            logs=False,
        )
        data.tell("transformed", rows=self.read_below("transformed/")[0][1])

    def ended(self):
        for endpoint in self.made:
            endpoint.delete()
            endpoint.wait_for_delete(poll=1)
        left = [each.endpoint_name for each in Endpoint.get_all(status_equals="InService")]
        data.tell("ended", made=len(self.made), left=left)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    time.sleep = data.patient(time.sleep)
    journey = Journey(arguments.role, arguments.bucket)
    model_data = journey.train()
    journey.built(model_data)
    journey.registered(model_data)
    journey.transformed()
    journey.serverless(model_data)
    journey.asynchronous(model_data)
    journey.ended()


if __name__ == "__main__":
    main()
