"""The jobs as later SDK 2 code writes them: a PipelineSession turns ordinary calls into step arguments."""

import boto3
import sdk
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep
from settings import HYPERPARAMETERS


class Jobs:
    def __init__(self, settings):
        self.settings = settings
        boto = boto3.Session(region_name=settings.region)
        self.session = PipelineSession(
            boto_session=boto, sagemaker_client=boto.client("sagemaker"), default_bucket=settings.bucket
        )
        self.image = sdk.image_uris.retrieve(framework="xgboost", region=settings.region, version="1.0-1")

    def preprocess(self, code):
        processor = SKLearnProcessor(
            framework_version="1.2-1",
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=self.settings.parameters["InstanceCount"],
            base_job_name="preprocess",
            sagemaker_session=self.session,
        )
        parameters = self.settings.parameters
        arguments = processor.run(
            code=code,
            outputs=[
                ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}")
                for name in ("train", "validation", "test")
            ],
            arguments=["--data", parameters["InputDataUrl"], "--seed", parameters["SplitSeed"]],
        )
        return ProcessingStep(name="Preprocess", step_args=arguments)

    def train(self, channels, after):
        estimator = Estimator(
            image_uri=self.image,
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            output_path=f"s3://{self.settings.bucket}/{self.settings.name}/models",
            sagemaker_session=self.session,
            hyperparameters=HYPERPARAMETERS,
        )
        inputs = {name: TrainingInput(s3_data=uri, content_type="text/csv") for name, uri in channels.items()}
        return TrainingStep(name="Train", step_args=estimator.fit(inputs=inputs), depends_on=after)

    def create_model(self, model_data):
        return ModelStep(name="CreateModel", step_args=self._model(model_data).create(instance_type="ml.m5.large"))

    def transform(self, model_name, test_uri):
        transformer = Transformer(
            model_name=model_name,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            accept="text/csv",
            assemble_with="Line",
            output_path=self.settings.folder("predictions"),
            sagemaker_session=self.session,
        )
        arguments = transformer.transform(
            data=test_uri,
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
        )
        return TransformStep(name="Transform", step_args=arguments)

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
        arguments = processor.run(
            code=code,
            inputs=[
                ProcessingInput(source=model_data, destination="/opt/ml/processing/model"),
                ProcessingInput(source=test_uri, destination="/opt/ml/processing/test"),
            ],
            outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
        )
        return ProcessingStep(name="Evaluate", step_args=arguments, property_files=[report])

    def register(self, model_data, metrics, baselines):
        arguments = self._model(model_data).register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=self.settings.name,
            approval_status=self.settings.parameters["ApprovalStatus"],
            model_metrics=metrics,
            drift_check_baselines=baselines,
        )
        return ModelStep(name="Register", step_args=arguments)

    def _model(self, model_data):
        return Model(
            image_uri=self.image, model_data=model_data, role=self.settings.role, sagemaker_session=self.session
        )
