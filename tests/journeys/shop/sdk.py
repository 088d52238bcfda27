"""The SDK's names for checks, metrics and pipelines, wherever its generation keeps them."""

try:
    from sagemaker.core import image_uris
    from sagemaker.core.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
    from sagemaker.core.drift_check_baselines import DriftCheckBaselines
    from sagemaker.core.model_metrics import FileSource, MetricsSource, ModelMetrics
    from sagemaker.core.model_monitor import DatasetFormat
    from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
    from sagemaker.mlops.workflow.clarify_check_step import (
        ClarifyCheckStep,
        DataBiasCheckConfig,
        ModelBiasCheckConfig,
        ModelExplainabilityCheckConfig,
    )
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.quality_check_step import (
        DataQualityCheckConfig,
        ModelQualityCheckConfig,
        QualityCheckStep,
    )
except ImportError:
    from sagemaker import image_uris
    from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, SHAPConfig
    from sagemaker.drift_check_baselines import DriftCheckBaselines
    from sagemaker.model_metrics import FileSource, MetricsSource, ModelMetrics
    from sagemaker.model_monitor import DatasetFormat
    from sagemaker.workflow.check_job_config import CheckJobConfig
    from sagemaker.workflow.clarify_check_step import (
        ClarifyCheckStep,
        DataBiasCheckConfig,
        ModelBiasCheckConfig,
        ModelExplainabilityCheckConfig,
        ModelPredictedLabelConfig,
    )
    from sagemaker.workflow.condition_step import ConditionStep
    from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
    from sagemaker.workflow.execution_variables import ExecutionVariables
    from sagemaker.workflow.functions import Join, JsonGet
    from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
    from sagemaker.workflow.pipeline import Pipeline
    from sagemaker.workflow.properties import PropertyFile
    from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig, QualityCheckStep

__all__ = [
    "BiasConfig",
    "CheckJobConfig",
    "ClarifyCheckStep",
    "ConditionLessThanOrEqualTo",
    "ConditionStep",
    "DataBiasCheckConfig",
    "DataConfig",
    "DataQualityCheckConfig",
    "DatasetFormat",
    "DriftCheckBaselines",
    "ExecutionVariables",
    "FileSource",
    "Join",
    "JsonGet",
    "MetricsSource",
    "ModelBiasCheckConfig",
    "ModelConfig",
    "ModelExplainabilityCheckConfig",
    "ModelMetrics",
    "ModelPredictedLabelConfig",
    "ModelQualityCheckConfig",
    "ParameterBoolean",
    "ParameterFloat",
    "ParameterInteger",
    "ParameterString",
    "Pipeline",
    "PropertyFile",
    "QualityCheckStep",
    "SHAPConfig",
    "image_uris",
]
