"""The jobs as SDK 3 code writes them: ModelTrainer, ModelBuilder and the shapes of the API itself."""

import sdk
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep, TransformStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData
from settings import HYPERPARAMETERS


class Jobs:
    def __init__(self, settings):
        self.settings = settings
        self.session = PipelineSession(default_bucket=settings.bucket)
        self.image = sdk.image_uris.retrieve(framework="xgboost", region=settings.region, version="3.0-5")
        self.sklearn = sdk.image_uris.retrieve(
            framework="sklearn", region=settings.region, version="1.2-1", instance_type="ml.m5.xlarge"
        )

    def preprocess(self, code):
        processor = self._processor(self.sklearn, "preprocess")
        parameters = self.settings.parameters
        arguments = processor.run(
            code=code,
            outputs=[self._output(name) for name in ("train", "validation", "test")],
            arguments=["--data", parameters["InputDataUrl"], "--seed", parameters["SplitSeed"]],
        )
        return ProcessingStep(name="Preprocess", step_args=arguments)

    def train(self, channels, after):
        trainer = ModelTrainer(
            training_image=self.image,
            role=self.settings.role,
            base_job_name="train",
            compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
            output_data_config=OutputDataConfig(
                s3_output_path=f"s3://{self.settings.bucket}/{self.settings.name}/models"
            ),
            hyperparameters=dict(HYPERPARAMETERS, objective="reg:squarederror"),
            sagemaker_session=self.session,
        )
        inputs = [
            InputData(channel_name=name, data_source=uri, content_type="text/csv") for name, uri in channels.items()
        ]
        return TrainingStep(name="Train", step_args=trainer.train(input_data_config=inputs), depends_on=after)

    def create_model(self, model_data):
        return ModelStep(name="CreateModel", step_args=self._model(model_data).build())

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
        processor = self._processor(self.image, "evaluate")
        arguments = processor.run(
            code=code,
            inputs=[self._input("model", model_data), self._input("test", test_uri)],
            outputs=[self._output("evaluation")],
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
        return ModelBuilder(
            image_uri=self.image,
            s3_model_data_url=model_data,
            role_arn=self.settings.role,
            sagemaker_session=self.session,
            instance_type="ml.m5.large",
        )

    def _processor(self, image, name):
        return ScriptProcessor(
            image_uri=image,
            command=["python3"],
            role=self.settings.role,
            instance_type="ml.m5.xlarge",
            instance_count=self.settings.parameters["InstanceCount"],
            base_job_name=name,
            sagemaker_session=self.session,
        )

    def _input(self, name, uri):
        place = ProcessingS3Input(
            s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
        )
        return ProcessingInput(input_name=name, s3_input=place)

    def _output(self, name):
        place = ProcessingS3Output(
            s3_uri=self.settings.folder(name), local_path=f"/opt/ml/processing/{name}", s3_upload_mode="EndOfJob"
        )
        return ProcessingOutput(output_name=name, s3_output=place)
