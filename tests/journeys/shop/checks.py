"""The five checks of a regression on the abalone data, and what a model version keeps of them."""

import sdk

FIRST_SEX_COLUMN = 8
OLD_AGE_RINGS = 15.0
CSV = "text/csv"
JSON = "application/json"


class Checks:
    """Makes check steps that share one job configuration."""

    def __init__(self, settings, session):
        self.settings = settings
        self.job = sdk.CheckJobConfig(
            role=settings.role, instance_count=1, instance_type="ml.c5.xlarge", sagemaker_session=session
        )

    def data_quality(self, train_uri):
        config = sdk.DataQualityCheckConfig(
            baseline_dataset=train_uri,
            dataset_format=sdk.DatasetFormat.csv(header=False),
            output_s3_uri=self.settings.folder("data-quality"),
        )
        return self._quality("DataQuality", config)

    def model_quality(self, predictions_uri):
        config = sdk.ModelQualityCheckConfig(
            baseline_dataset=predictions_uri,
            dataset_format=sdk.DatasetFormat.csv(header=False),
            output_s3_uri=self.settings.folder("model-quality"),
            problem_type="Regression",
            inference_attribute="_c1",
            ground_truth_attribute="_c0",
        )
        return self._quality("ModelQuality", config)

    def data_bias(self, train_uri):
        config = sdk.DataBiasCheckConfig(data_config=self._data("DataBias", train_uri), data_bias_config=self._facet())
        return self._clarify("DataBias", config)

    def model_bias(self, train_uri, model_name):
        config = sdk.ModelBiasCheckConfig(
            data_config=self._data("ModelBias", train_uri),
            data_bias_config=self._facet(),
            model_config=self._model(model_name),
            model_predicted_label_config=sdk.ModelPredictedLabelConfig(),
        )
        return self._clarify("ModelBias", config)

    def model_explainability(self, train_uri, model_name):
        config = sdk.ModelExplainabilityCheckConfig(
            data_config=self._data("ModelExplainability", train_uri),
            model_config=self._model(model_name),
            explainability_config=sdk.SHAPConfig(seed=123, num_samples=10),
        )
        return self._clarify("ModelExplainability", config)

    def _quality(self, check, config):
        return sdk.QualityCheckStep(
            name=f"{check}Check", quality_check_config=config, check_job_config=self.job, **self._flags(check)
        )

    def _clarify(self, check, config):
        step = sdk.ClarifyCheckStep(
            name=f"{check}Check", clarify_check_config=config, check_job_config=self.job, **self._flags(check)
        )
        step.monitoring_config_uri = config.monitoring_analysis_config_uri
        return step

    def _flags(self, check):
        parameters = self.settings.parameters
        return {
            "skip_check": parameters[f"Skip{check}Check"],
            "register_new_baseline": parameters[f"RegisterNew{check}Baseline"],
            "model_package_group_name": self.settings.name,
        }

    def _data(self, check, uri):
        return sdk.DataConfig(
            s3_data_input_path=uri,
            s3_output_path=self.settings.folder(check),
            s3_analysis_config_output_path=f"s3://{self.settings.bucket}/{self.settings.name}/{check}/config",
            label=0,
            dataset_type=CSV,
        )

    def _facet(self):
        return sdk.BiasConfig(
            label_values_or_threshold=[OLD_AGE_RINGS],
            facet_name=[FIRST_SEX_COLUMN],
            facet_values_or_threshold=[[0.5]],
        )

    def _model(self, name):
        return sdk.ModelConfig(model_name=name, instance_count=1, instance_type="ml.m5.large")


def metrics(found):
    """ModelMetrics of what this execution measured; `found` maps a check to its step."""
    return sdk.ModelMetrics(
        model_data_statistics=_source(found["DataQuality"].properties.CalculatedBaselineStatistics),
        model_data_constraints=_source(found["DataQuality"].properties.CalculatedBaselineConstraints),
        model_statistics=_source(found["ModelQuality"].properties.CalculatedBaselineStatistics),
        model_constraints=_source(found["ModelQuality"].properties.CalculatedBaselineConstraints),
        bias=_source(found["ModelBias"].properties.CalculatedBaselineConstraints),
        bias_pre_training=_source(found["DataBias"].properties.CalculatedBaselineConstraints),
        bias_post_training=_source(found["ModelBias"].properties.CalculatedBaselineConstraints),
        explainability=_source(found["ModelExplainability"].properties.CalculatedBaselineConstraints),
    )


def baselines(found):
    """DriftCheckBaselines for the executions and monitors that follow."""
    return sdk.DriftCheckBaselines(
        model_data_statistics=_source(found["DataQuality"].properties.BaselineUsedForDriftCheckStatistics),
        model_data_constraints=_source(found["DataQuality"].properties.BaselineUsedForDriftCheckConstraints),
        model_statistics=_source(found["ModelQuality"].properties.BaselineUsedForDriftCheckStatistics),
        model_constraints=_source(found["ModelQuality"].properties.BaselineUsedForDriftCheckConstraints),
        bias_config_file=_file(found["ModelBias"].monitoring_config_uri),
        bias_pre_training_constraints=_source(found["DataBias"].properties.BaselineUsedForDriftCheckConstraints),
        bias_post_training_constraints=_source(found["ModelBias"].properties.BaselineUsedForDriftCheckConstraints),
        explainability_constraints=_source(
            found["ModelExplainability"].properties.BaselineUsedForDriftCheckConstraints
        ),
        explainability_config_file=_file(found["ModelExplainability"].monitoring_config_uri),
    )


def _source(uri):
    return sdk.MetricsSource(s3_uri=uri, content_type=JSON)


def _file(uri):
    return sdk.FileSource(s3_uri=uri, content_type=JSON)
