"""The jobs as SDK 2.93 code writes them: steps take processors, estimators and models directly."""

import boto3
import sdk
from sagemaker.estimator import Estimator
from sagemaker.inputs import CreateModelInput, TrainingInput, TransformInput
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.session import Session
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import CreateModelStep, ProcessingStep, TrainingStep, TransformStep
from settings import HYPERPARAMETERS


class Jobs:
    def __init__(self, settings):
        self.settings = settings
        boto = boto3.Session(region_name=settings.region)
        self.session = Session(
            boto_session=boto, sagemaker_client=boto.client("sagemaker"), default_bucket=settings.bucket
        )
        self.image = sdk.image_uris.retrieve(framework="xgboost", region=settings.region, version="1.0-1")

    def preprocess(self, code):
        processor = SKLearnProcessor(
            framework_version="0.23-1",
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=self.settings.parameters["InstanceCount"],
            base_job_name="preprocess",
            sagemaker_session=self.session,
        )
        parameters = self.settings.parameters
        return ProcessingStep(
            name="Preprocess",
            processor=processor,
            code=code,
            outputs=[
                ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}")
                for name in ("train", "validation", "test")
            ],
            job_arguments=["--data", parameters["InputDataUrl"], "--seed", parameters["SplitSeed"]],
        )

    def train(self, channels, after):
        self.estimator = Estimator(
            image_uri=self.image,
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            output_path=f"s3://{self.settings.bucket}/{self.settings.name}/models",
            sagemaker_session=self.session,
            hyperparameters=HYPERPARAMETERS,
        )
        inputs = {name: TrainingInput(s3_data=uri, content_type="text/csv") for name, uri in channels.items()}
        return TrainingStep(name="Train", estimator=self.estimator, inputs=inputs, depends_on=after)

    def create_model(self, model_data):
        model = Model(
            image_uri=self.image, model_data=model_data, role=self.settings.role, sagemaker_session=self.session
        )
        return CreateModelStep(name="CreateModel", model=model, inputs=CreateModelInput(instance_type="ml.m5.large"))

    def transform(self, model_name, test_uri):
        transformer = Transformer(
            model_name=model_name,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            accept="text/csv",
            assemble_with="Line",
            output_path=f"s3://{self.settings.bucket}/{self.settings.name}/predictions",
            sagemaker_session=self.session,
        )
        inputs = TransformInput(
            data=test_uri,
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
        )
        return TransformStep(name="Transform", transformer=transformer, inputs=inputs)

    def evaluate(self, code, model_data, test_uri, report):
        processor = ScriptProcessor(
            image_uri=self.image,
            command=["python3"],
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            base_job_name="evaluate",
            sagemaker_session=self.session,
        )
        return ProcessingStep(
            name="Evaluate",
            processor=processor,
            code=code,
            inputs=[
                ProcessingInput(source=model_data, destination="/opt/ml/processing/model"),
                ProcessingInput(source=test_uri, destination="/opt/ml/processing/test"),
            ],
            outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
            property_files=[report],
        )

    def register(self, model_data, metrics, baselines):
        return RegisterModel(
            name="Register",
            estimator=self.estimator,
            model_data=model_data,
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=self.settings.name,
            approval_status=self.settings.parameters["ApprovalStatus"],
            model_metrics=metrics,
            drift_check_baselines=baselines,
        )
