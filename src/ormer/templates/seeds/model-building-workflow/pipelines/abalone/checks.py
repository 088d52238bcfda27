"""The five checks of the abalone pipeline, and what a registered version keeps of them.

Data quality and data bias look at the training set, the other three at the model. Each check computes a baseline and,
unless it is skipped, compares with an earlier one: the one supplied as a parameter, else that of the latest approved
version in the model package group.
"""

from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.model_metrics import FileSource, MetricsSource, ModelMetrics
from sagemaker.model_monitor import DatasetFormat
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.functions import Join
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig, QualityCheckStep

CHECKS = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
CSV, JSON = "text/csv", "application/json"
# In the prepared sets: column 0 is the label, 1 to 7 are measurements, 8 to 10 the sexes F, I, M.
LABEL = 0
FEMALE = 8
# An abalone with more rings than this counts as old; bias is how differently that is said of females and the others.
OLD_RINGS = 15.0
SHAP_SAMPLES = 100


class Checks:
    """Makes the check steps. parameters: the pipeline's, by name."""

    def __init__(self, role, bucket, prefix, group, parameters, session):
        self.bucket = bucket
        self.prefix = prefix
        self.group = group
        self.parameters = parameters
        self.job = CheckJobConfig(
            role=role,
            instance_count=1,
            instance_type="ml.m5.large",
            volume_size_in_gb=30,
            sagemaker_session=session,
        )

    def data_quality(self, train):
        """Types, completeness and distributions of the training set's columns."""
        config = DataQualityCheckConfig(
            baseline_dataset=train,
            dataset_format=DatasetFormat.csv(header=False, output_columns_position="START"),
            output_s3_uri=self._output("dataqualitycheckstep"),
        )
        return self._quality("DataQuality", config)

    def data_bias(self, train):
        """Whether old animals are as frequent among females as among the others."""
        config = DataBiasCheckConfig(
            data_config=self._data("databiascheckstep", train), data_bias_config=self._facet()
        )
        return self._clarify("DataBias", config)

    def model_quality(self, predictions):
        """The errors of the predictions that AbaloneTransform made."""
        config = ModelQualityCheckConfig(
            baseline_dataset=predictions,
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri=self._output("modelqualitycheckstep"),
            problem_type="Regression",
            inference_attribute="_c1",
            ground_truth_attribute="_c0",
        )
        return self._quality("ModelQuality", config)

    def model_bias(self, train, model_name):
        """Whether the model errs differently about females."""
        config = ModelBiasCheckConfig(
            data_config=self._data("modelbiascheckstep", train),
            data_bias_config=self._facet(),
            model_config=_model(model_name),
            model_predicted_label_config=ModelPredictedLabelConfig(),
        )
        return self._clarify("ModelBias", config)

    def model_explainability(self, train, model_name):
        """How much each feature contributes to predictions (Shapley values)."""
        config = ModelExplainabilityCheckConfig(
            data_config=self._data("modelexplainabilitycheckstep", train),
            model_config=_model(model_name),
            explainability_config=SHAPConfig(seed=123, num_samples=SHAP_SAMPLES),
        )
        return self._clarify("ModelExplainability", config)

    def _quality(self, check, config):
        return QualityCheckStep(
            name=f"{check}CheckStep",
            quality_check_config=config,
            check_job_config=self.job,
            supplied_baseline_statistics=self.parameters[f"SuppliedBaselineStatistics{check}"],
            **self._flags(check),
        )

    def _clarify(self, check, config):
        step = ClarifyCheckStep(
            name=f"{check}CheckStep", clarify_check_config=config, check_job_config=self.job, **self._flags(check)
        )
        # The configuration with which a monitor repeats this check on an endpoint.
        step.monitoring_config = config.monitoring_analysis_config_uri
        return step

    def _flags(self, check):
        return {
            "skip_check": self.parameters[f"Skip{check}Check"],
            "register_new_baseline": self.parameters[f"RegisterNew{check}Baseline"],
            "supplied_baseline_constraints": self.parameters[f"SuppliedBaselineConstraints{check}"],
            "model_package_group_name": self.group,
            # Data that have drifted end the execution; a model that differs is told of, and its error decides.
            "fail_on_violation": check.startswith("Data"),
        }

    def _output(self, step):
        return output_of(self.bucket, self.prefix, step)

    def _data(self, step, train):
        return DataConfig(
            s3_data_input_path=train,
            s3_output_path=self._output(step),
            s3_analysis_config_output_path=f"s3://{self.bucket}/{self.prefix}/{step}/analysis_cfg",
            label=LABEL,
            dataset_type=CSV,
        )

    def _facet(self):
        return BiasConfig(
            label_values_or_threshold=[OLD_RINGS], facet_name=[FEMALE], facet_values_or_threshold=[[0.5]]
        )


def output_of(bucket, prefix, step):
    """Where a step leaves what it makes: a folder of its own in every execution."""
    return Join(on="/", values=["s3:/", bucket, prefix, ExecutionVariables.PIPELINE_EXECUTION_ID, step])


def model_metrics(found):
    """What this execution measured. found: {name of a check: its step}."""
    data, model = found["DataQuality"].properties, found["ModelQuality"].properties
    return ModelMetrics(
        model_data_statistics=_metrics(data.CalculatedBaselineStatistics),
        model_data_constraints=_metrics(data.CalculatedBaselineConstraints),
        model_statistics=_metrics(model.CalculatedBaselineStatistics),
        model_constraints=_metrics(model.CalculatedBaselineConstraints),
        bias=_metrics(found["ModelBias"].properties.CalculatedBaselineConstraints),
        bias_pre_training=_metrics(found["DataBias"].properties.CalculatedBaselineConstraints),
        bias_post_training=_metrics(found["ModelBias"].properties.CalculatedBaselineConstraints),
        explainability=_metrics(found["ModelExplainability"].properties.CalculatedBaselineConstraints),
    )


def drift_check_baselines(found):
    """What later executions, and monitors of endpoints, compare with. found: {name of a check: its step}."""
    data, model = found["DataQuality"].properties, found["ModelQuality"].properties
    return DriftCheckBaselines(
        model_data_statistics=_metrics(data.BaselineUsedForDriftCheckStatistics),
        model_data_constraints=_metrics(data.BaselineUsedForDriftCheckConstraints),
        model_statistics=_metrics(model.BaselineUsedForDriftCheckStatistics),
        model_constraints=_metrics(model.BaselineUsedForDriftCheckConstraints),
        bias_config_file=_file(found["ModelBias"].monitoring_config),
        bias_pre_training_constraints=_metrics(found["DataBias"].properties.BaselineUsedForDriftCheckConstraints),
        bias_post_training_constraints=_metrics(found["ModelBias"].properties.BaselineUsedForDriftCheckConstraints),
        explainability_config_file=_file(found["ModelExplainability"].monitoring_config),
        explainability_constraints=_metrics(
            found["ModelExplainability"].properties.BaselineUsedForDriftCheckConstraints
        ),
    )


def _model(name):
    return ModelConfig(model_name=name, instance_count=1, instance_type="ml.m5.large", accept_type=CSV)


def _metrics(uri):
    return MetricsSource(s3_uri=uri, content_type=JSON)


def _file(uri):
    return FileSource(s3_uri=uri, content_type=JSON)
