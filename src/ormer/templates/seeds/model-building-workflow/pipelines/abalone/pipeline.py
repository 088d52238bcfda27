"""The abalone pipeline: from a table of animals to a registered model that was checked from five sides.

    PreprocessAbaloneData
      ├─ DataQualityCheckStep, DataBiasCheckStep
      └─ TrainAbaloneModel                            once both have passed
           ├─ AbaloneCreateModel
           │    ├─ AbaloneTransform ── ModelQualityCheckStep
           │    └─ ModelBiasCheckStep, ModelExplainabilityCheckStep
           └─ EvaluateAbaloneModel ── CheckMSEAbaloneEvaluation ── RegisterAbaloneModel

What you are most likely to change stands first: HYPERPARAMETERS and MSE_MAX. Change them, commit, push.
"""

import os

import boto3
from botocore.exceptions import ClientError
from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep

from pipelines.abalone.checks import CHECKS, Checks, drift_check_baselines, model_metrics, output_of

HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "num_round": 50,
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
    "seed": 1,
}
# A model is registered only if its mean squared error on the test set, in rings², is at most this.
MSE_MAX = 6.0

XGBOOST_VERSION = "3.0-5"
SKLEARN_VERSION = "1.4-2"
HERE = os.path.dirname(os.path.realpath(__file__))


def get_pipeline(
    region,
    role,
    default_bucket,
    pipeline_name="AbalonePipeline",
    model_package_group_name="AbalonePackageGroup",
    base_job_prefix="Abalone",
    sagemaker_session=None,
):
    """The pipeline, not yet created. default_bucket: where code and outputs go."""
    session = sagemaker_session or session_of(region, default_bucket)
    made = AbaloneSteps(region, role, default_bucket, base_job_prefix, model_package_group_name, session)
    return Pipeline(
        name=pipeline_name,
        parameters=list(made.parameters.values()),
        steps=made.all(),
        sagemaker_session=session,
    )


def checks_of_this_run(region, model_package_group_name="AbalonePackageGroup", **_):
    """Parameters of the next execution: what its checks compare with.

    A check compares with the baseline of the latest approved version. Until one is approved there is none: checks are
    skipped, and what this execution computes becomes the baseline. Later the data must resemble the data of the
    approved version; a model may differ from its predecessor, so its checks report and give it a baseline of its own.
    """
    client = boto3.client("sagemaker", region_name=region)
    first = not approved_versions(client, model_package_group_name)
    found = {}
    for check in CHECKS:
        found[f"Skip{check}Check"] = first
        found[f"RegisterNew{check}Baseline"] = first or check.startswith("Model")
    return found


def approved_versions(client, group):
    """The newest approved version of a group as a list, [] when there is none, or not even the group."""
    try:
        answer = client.list_model_packages(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", MaxResults=1
        )
    except ClientError as error:
        if "does not exist" not in str(error) and "not found" not in str(error).lower():
            raise
        return []
    return answer["ModelPackageSummaryList"]


def session_of(region, default_bucket):
    """A session in which jobs are not run but become the arguments of steps."""
    boto_session = boto3.Session(region_name=region)
    return PipelineSession(
        boto_session=boto_session,
        sagemaker_client=boto_session.client("sagemaker"),
        default_bucket=default_bucket,
    )


class AbaloneSteps:
    """The steps of the pipeline and the parameters that an execution can be started with."""

    def __init__(self, region, role, bucket, prefix, group, session):
        self.region = region
        self.role = role
        self.bucket = bucket
        self.prefix = prefix
        self.group = group
        self.session = session
        self.parameters = {parameter.name: parameter for parameter in parameters_of(region)}
        self.xgboost = image_uris.retrieve(framework="xgboost", region=region, version=XGBOOST_VERSION)

    def all(self):
        """Every step of the pipeline."""
        checks = Checks(self.role, self.bucket, self.prefix, self.group, self.parameters, self.session)
        prepared = self.preprocess()
        train, validation, test = (uri_of(prepared, name) for name in ("train", "validation", "test"))

        found = {"DataQuality": checks.data_quality(train), "DataBias": checks.data_bias(train)}
        trained = self.train(train, validation, after=[check.name for check in found.values()])
        model_data = trained.properties.ModelArtifacts.S3ModelArtifacts

        created = ModelStep(
            name="AbaloneCreateModel",
            step_args=self.model(model_data).create(instance_type="ml.m5.large"),
        )
        model_name = created.properties.ModelName
        transformed = self.transform(model_name, test)
        found["ModelQuality"] = checks.model_quality(transformed.properties.TransformOutput.S3OutputPath)
        found["ModelBias"] = checks.model_bias(train, model_name)
        found["ModelExplainability"] = checks.model_explainability(train, model_name)

        evaluated, report = self.evaluate(model_data, test)
        decided = ConditionStep(
            name="CheckMSEAbaloneEvaluation",
            conditions=[
                ConditionLessThanOrEqualTo(
                    left=JsonGet(
                        step_name=evaluated.name, property_file=report, json_path="regression_metrics.mse.value"
                    ),
                    right=self.parameters["MseMax"],
                )
            ],
            if_steps=[self.register(model_data, found)],
            else_steps=[],
        )
        return [prepared, *found.values(), trained, created, transformed, evaluated, decided]

    def preprocess(self):
        """Prepare the three sets from the table."""
        processor = SKLearnProcessor(
            framework_version=SKLEARN_VERSION,
            instance_type=self.parameters["ProcessingInstanceType"],
            instance_count=self.parameters["ProcessingInstanceCount"],
            base_job_name=f"{self.prefix}/preprocess",
            sagemaker_session=self.session,
            role=self.role,
        )
        arguments = processor.run(
            code=os.path.join(HERE, "preprocess.py"),
            inputs=[ProcessingInput(source=self.parameters["InputDataUrl"], destination="/opt/ml/processing/data")],
            outputs=[
                ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}")
                for name in ("train", "validation", "test")
            ],
        )
        return ProcessingStep(name="PreprocessAbaloneData", step_args=arguments)

    def train(self, train, validation, after):
        """Train, once the data have been checked."""
        estimator = Estimator(
            image_uri=self.xgboost,
            instance_type=self.parameters["TrainingInstanceType"],
            instance_count=1,
            output_path=f"s3://{self.bucket}/{self.prefix}/models",
            base_job_name=f"{self.prefix}/train",
            sagemaker_session=self.session,
            role=self.role,
            hyperparameters=HYPERPARAMETERS,
        )
        channels = {
            name: TrainingInput(s3_data=uri, content_type="text/csv")
            for name, uri in (("train", train), ("validation", validation))
        }
        return TrainingStep(name="TrainAbaloneModel", step_args=estimator.fit(inputs=channels), depends_on=after)

    def model(self, model_data):
        """The trained model, to be created and registered."""
        return Model(image_uri=self.xgboost, model_data=model_data, sagemaker_session=self.session, role=self.role)

    def transform(self, model_name, test):
        """Predict the test set; each line of the output is the truth and the prediction."""
        transformer = Transformer(
            model_name=model_name,
            instance_type="ml.m5.large",
            instance_count=1,
            accept="text/csv",
            assemble_with="Line",
            output_path=output_of(self.bucket, self.prefix, "AbaloneTransform"),
            sagemaker_session=self.session,
        )
        arguments = transformer.transform(
            data=test,
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
        )
        return TransformStep(name="AbaloneTransform", step_args=arguments)

    def evaluate(self, model_data, test):
        """The evaluation, and the report that the condition reads."""
        processor = ScriptProcessor(
            image_uri=self.xgboost,
            command=["python3"],
            instance_type=self.parameters["ProcessingInstanceType"],
            instance_count=1,
            base_job_name=f"{self.prefix}/evaluate",
            sagemaker_session=self.session,
            role=self.role,
        )
        arguments = processor.run(
            code=os.path.join(HERE, "evaluate.py"),
            inputs=[
                ProcessingInput(source=model_data, destination="/opt/ml/processing/model"),
                ProcessingInput(source=test, destination="/opt/ml/processing/test"),
            ],
            outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
        )
        report = PropertyFile(name="AbaloneEvaluation", output_name="evaluation", path="evaluation.json")
        return ProcessingStep(name="EvaluateAbaloneModel", step_args=arguments, property_files=[report]), report

    def register(self, model_data, found):
        """Register a version with what the checks found and the baselines for those that come after it."""
        arguments = self.model(model_data).register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=self.group,
            approval_status=self.parameters["ModelApprovalStatus"],
            model_metrics=model_metrics(found),
            drift_check_baselines=drift_check_baselines(found),
        )
        return ModelStep(name="RegisterAbaloneModel", step_args=arguments)


def parameters_of(region):
    """What a person can choose when an execution is started."""
    table = f"s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
    found = [
        ParameterString(name="InputDataUrl", default_value=table),
        ParameterString(name="ProcessingInstanceType", default_value="ml.m5.large"),
        ParameterInteger(name="ProcessingInstanceCount", default_value=1),
        ParameterString(name="TrainingInstanceType", default_value="ml.m5.large"),
        ParameterString(name="ModelApprovalStatus", default_value="PendingManualApproval"),
        ParameterFloat(name="MseMax", default_value=MSE_MAX),
    ]
    for check in CHECKS:
        found.append(ParameterBoolean(name=f"Skip{check}Check", default_value=False))
        found.append(ParameterBoolean(name=f"RegisterNew{check}Baseline", default_value=False))
        found.append(ParameterString(name=f"SuppliedBaselineConstraints{check}", default_value=""))
        if check.endswith("Quality"):
            found.append(ParameterString(name=f"SuppliedBaselineStatistics{check}", default_value=""))
    return found


def uri_of(step, output):
    """Where an output of a processing step lies."""
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri
