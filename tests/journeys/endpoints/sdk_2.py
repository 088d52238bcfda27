"""Hosting as SDK 2 code does it, class by class: `python sdk_2.py --role ARN --bucket BUCKET`.

Everything else, the server among it, is found in the environment. Prints what came of each stage, a JSON object a line.
"""

import argparse
import pathlib
import time

import data
import sagemaker
from sagemaker import image_uris
from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.explainer.clarify_explainer_config import (
    ClarifyExplainerConfig,
    ClarifyShapBaselineConfig,
    ClarifyShapConfig,
)
from sagemaker.explainer.explainer_config import ExplainerConfig
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model, ModelPackage
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.s3 import S3Downloader, S3Uploader
from sagemaker.serializers import CSVSerializer
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.sklearn import SKLearnModel
from sagemaker.xgboost import XGBoostModel

HERE = pathlib.Path(__file__).parent
TYPE = "ml.m5.large"
CAPTURE_SECONDS = 60


class Journey:
    def __init__(self, role, bucket):
        self.session = sagemaker.Session(default_bucket=bucket)
        self.session.default_bucket()
        self.role = role
        self.root = f"s3://{bucket}/endpoints-2"
        self.image = image_uris.retrieve("xgboost", self.session.boto_region_name, version="3.0-5")
        self.csv = {"serializer": CSVSerializer(), "deserializer": CSVDeserializer()}
        self.made = []

    def put(self, path, content):
        body = content.encode() if isinstance(content, str) else content
        return S3Uploader.upload_string_as_file_body(body, f"{self.root}/{path}", sagemaker_session=self.session)

    def train(self, name, depth):
        estimator = Estimator(
            self.image,
            self.role,
            instance_count=1,
            instance_type=TYPE,
            output_path=f"{self.root}/models",
            base_job_name=name,
            hyperparameters={"num_round": 20, "max_depth": depth, "objective": "reg:squarederror"},
            sagemaker_session=self.session,
        )
        train = self.put("train/train.csv", data.table(400, 1))
        estimator.fit({"train": TrainingInput(train, content_type="text/csv")}, logs=False)
        return estimator

    def model(self, model_data, **more):
        return Model(self.image, model_data, self.role, predictor_cls=Predictor, sagemaker_session=self.session, **more)

    def scaler(self, factor):
        return SKLearnModel(
            model_data=self.put(f"scaler-{factor}/model.tar.gz", data.scaler(factor)),
            role=self.role,
            entry_point="inference.py",
            source_dir=str(HERE / "code"),
            framework_version="1.4-2",
            py_version="py3",
            sagemaker_session=self.session,
        )

    def keep(self, predictor):
        self.made.append(predictor)
        return predictor

    # The stages.

    def estimator(self, estimator):
        """Estimator.deploy, and a Predictor with CSV and with JSON answers."""
        predictor = self.keep(estimator.deploy(1, TYPE, endpoint_name="built-in", **self.csv))
        rows = predictor.predict(data.ROWS)
        predictor.deserializer = JSONDeserializer()
        scores = predictor.predict(data.ROWS)
        predictor.deserializer = CSVDeserializer()
        data.tell("estimator", csv=rows, json=scores)
        return predictor

    def capture(self, predictor):
        """Capture is switched on, and what was asked afterwards lies in S3; then two instances answer."""
        place = f"{self.root}/captured"
        predictor.update_data_capture_config(
            DataCaptureConfig(
                enable_capture=True,
                sampling_percentage=100,
                destination_s3_uri=place,
                sagemaker_session=self.session,
            )
        )
        predictor.predict(data.ROWS, inference_id="asked-once")
        lines = self.lines_below(place)
        predictor.update_endpoint(initial_instance_count=2, instance_type=TYPE)
        described = self.session.describe_endpoint("built-in")
        data.tell(
            "capture",
            lines=lines,
            instances=described["ProductionVariants"][0]["CurrentInstanceCount"],
            status=described["DataCaptureConfig"]["CaptureStatus"],
            after=predictor.predict(data.ROWS),
        )

    def lines_below(self, place):
        deadline = time.monotonic() + CAPTURE_SECONDS
        while time.monotonic() < deadline:
            files = S3Downloader.list(place, sagemaker_session=self.session)
            if files:
                texts = [S3Downloader.read_file(file, sagemaker_session=self.session) for file in files]
                return [line for text in texts for line in text.splitlines()]
            time.sleep(0.5)
        return []

    def registered(self, estimator):
        """A version is registered, approved, and deployed from the registry."""
        package = estimator.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=[TYPE],
            transform_instances=[TYPE],
            model_package_group_name="endpoints-2",
            approval_status="PendingManualApproval",
        )
        package.update_approval_status(approval_status="Approved", approval_description="It will do.")
        approved = ModelPackage(
            role=self.role,
            model_package_arn=package.model_package_arn,
            predictor_cls=Predictor,
            sagemaker_session=self.session,
        )
        predictor = self.keep(approved.deploy(1, TYPE, endpoint_name="registered", **self.csv))
        data.tell("registered", csv=predictor.predict(data.ROWS), package=package.model_package_arn)

    def transformed(self, estimator):
        """A Transformer with filters: what the label was and what is predicted."""
        place = f"{self.root}/transformed"
        test = self.put("test/test.csv", data.table(30, 2))
        transformer = estimator.transformer(
            1, TYPE, strategy="MultiRecord", assemble_with="Line", accept="text/csv", output_path=place
        )
        transformer.transform(
            test,
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
            logs=False,
        )
        data.tell("transformed", rows=S3Downloader.read_file(f"{place}/test.csv.out", sagemaker_session=self.session))

    def serverless(self, model_data):
        config = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=2)
        model = self.model(model_data)
        predictor = self.keep(model.deploy(serverless_inference_config=config, endpoint_name="asleep", **self.csv))
        data.tell("serverless", csv=predictor.predict(data.ROWS))

    def asynchronous(self, model_data):
        config = AsyncInferenceConfig(output_path=f"{self.root}/async")
        model = self.model(model_data)
        predictor = model.deploy(1, TYPE, async_inference_config=config, endpoint_name="later", **self.csv)
        self.keep(predictor)
        answer = predictor.predict(data.ROWS, waiter_config=WaiterConfig(max_attempts=120, delay=1))
        asked = self.put("asked/rows.csv", "0.5,0.25\n")
        later = predictor.predict_async(input_path=asked, initial_args={"ContentType": "text/csv"})
        waited = later.get_result(WaiterConfig(max_attempts=120, delay=1))
        data.tell("asynchronous", csv=answer, one=waited, output=later.output_path)

    def several(self, model_data, other_data):
        """One endpoint, many models: each is loaded when it is first asked for."""
        many = MultiDataModel(
            "many", f"{self.root}/many/", model=self.model(model_data), sagemaker_session=self.session
        )
        predictor = self.keep(many.deploy(1, TYPE, endpoint_name="many", **self.csv))
        many.add_model(model_data, "deep.tar.gz")
        many.add_model(other_data, "flat/one.tar.gz")
        found = {name: predictor.predict(data.ROWS, target_model=name) for name in ("deep.tar.gz", "flat/one.tar.gz")}
        try:
            predictor.predict(data.ROWS, target_model="nothing.tar.gz")
            refused = ""
        except Exception as error:  # the SDK gives botocore's errors on
            refused = str(error)
        data.tell("several", csv=found, listed=sorted(many.list_models()), refused=refused)

    def scripts(self, model_data):
        """Code of the user's own in two images: packages of its own, and only the loading of the model."""
        scaled = self.keep(self.scaler(2.0).deploy(1, TYPE, endpoint_name="scaled", **self.csv))
        boosted = XGBoostModel(
            model_data=model_data,
            role=self.role,
            entry_point=str(HERE / "booster.py"),
            framework_version="3.0-5",
            sagemaker_session=self.session,
        )
        predictor = self.keep(boosted.deploy(1, TYPE, endpoint_name="boosted", **self.csv))
        data.tell("scripts", scaled=scaled.predict(data.ROWS), boosted=predictor.predict(data.ROWS))

    def chained(self, model_data):
        """Each container passes its answer on; the same pipeline model serves a Transformer."""
        chain = PipelineModel(
            [self.scaler(0.5), self.model(model_data)],
            self.role,
            predictor_cls=Predictor,
            name="chain",
            sagemaker_session=self.session,
        )
        predictor = self.keep(chain.deploy(1, TYPE, endpoint_name="chain", **self.csv))
        halves = [[cell * 0.5 for cell in row] for row in data.ROWS]
        data.tell(
            "chained",
            csv=predictor.predict(data.ROWS),
            halves=Predictor("built-in", self.session, **self.csv).predict(halves),
        )

    def explained(self, model_data):
        """Each prediction with the part that each feature has in it."""
        shap = ClarifyShapConfig(ClarifyShapBaselineConfig(shap_baseline="0.5,0.5"))
        config = ExplainerConfig(ClarifyExplainerConfig(shap_config=shap, enable_explanations="[0]>`5`"))
        predictor = self.model(model_data).deploy(
            1,
            TYPE,
            endpoint_name="explained",
            explainer_config=config,
            serializer=CSVSerializer(),
            deserializer=JSONDeserializer(accept="text/csv"),
        )
        self.keep(predictor)
        every = {"EnableExplanations": "`true`"}
        data.tell(
            "explained", some=predictor.predict(data.ROWS), every=predictor.predict(data.ROWS, initial_args=every)
        )

    def ended(self):
        for predictor in self.made:
            predictor.delete_endpoint()
        left = self.session.sagemaker_client.list_endpoints(StatusEquals="InService")["Endpoints"]
        data.tell("ended", made=len(self.made), left=[each["EndpointName"] for each in left])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    time.sleep = data.patient(time.sleep)
    journey = Journey(arguments.role, arguments.bucket)
    deep, flat = journey.train("deep", 4), journey.train("flat", 1)
    journey.transformed(deep)
    predictor = journey.estimator(deep)
    journey.capture(predictor)
    journey.registered(deep)
    journey.serverless(deep.model_data)
    journey.asynchronous(deep.model_data)
    journey.several(deep.model_data, flat.model_data)
    journey.scripts(deep.model_data)
    journey.chained(deep.model_data)
    journey.explained(deep.model_data)
    journey.ended()


if __name__ == "__main__":
    main()
