"""The baselines of a version become the parameters of the template."""

import io
import json

import pytest

import baselines

VERSION, PLACE = "arn:aws:sagemaker:us-east-1:1:model-package/abalone/2", ("bucket", "baselines/2")

FEATURES = [{"name": "_c0", "completeness": 1.0}, {"name": "_c1", "completeness": 1.0}]


class Bucket:
    """The two methods of an S3 client that are used, over a dictionary."""

    def __init__(self, objects):
        self.objects = objects

    def get_object(self, Bucket, Key):
        return {"Body": io.BytesIO(json.dumps(self.objects[f"s3://{Bucket}/{Key}"]).encode())}

    def put_object(self, Bucket, Key, Body, ContentType):
        self.objects[f"s3://{Bucket}/{Key}"] = json.loads(Body)


def registered():
    wanted = [*baselines.AS_REGISTERED.values(), baselines.PRE_TRAINING, baselines.POST_TRAINING]
    wanted.append(baselines.DATA_CONSTRAINTS)
    found = {}
    for group, name in [*wanted, baselines.EXPLAINABILITY_CONFIG]:
        found.setdefault(group, {})[name] = {"S3Uri": f"s3://models/{group}/{name}.json"}
    return found


def bucket():
    config = {"methods": {"shap": {}}, "predictor": {"accept_type": "text/csv"}}
    return Bucket(
        {
            "s3://models/Bias/PreTrainingConstraints.json": {"pre_training_bias_metrics": {"label": "_c0"}},
            "s3://models/Bias/PostTrainingConstraints.json": {"post_training_bias_metrics": {"label": "_c0"}},
            "s3://models/Explainability/ConfigFile.json": config,
            "s3://models/ModelDataQuality/Constraints.json": {"version": 0.0, "features": FEATURES},
        }
    )


def test_bias_is_put_together_and_the_model_to_ask_is_named():
    s3 = bucket()
    found = baselines.prepared(s3, registered(), VERSION, "model-b", PLACE)
    assert found["DataQualityStatistics"] == "s3://models/ModelDataQuality/Statistics.json"
    assert set(s3.objects[found["BiasConstraints"]]) == {"pre_training_bias_metrics", "post_training_bias_metrics"}
    config = s3.objects[found["ExplainabilityConfigFile"]]
    assert config["predictor"] == {"accept_type": "text/csv", "model_name": "model-b"}


def test_the_prediction_is_not_compared_with_how_the_label_was_distributed():
    s3 = bucket()
    found = baselines.prepared(s3, registered(), VERSION, "model-b", PLACE)
    prediction, feature = s3.objects[found["DataQualityConstraints"]]["features"]
    assert prediction["monitoringConfigOverrides"]["distribution_constraints"]["perform_comparison"] == "Disabled"
    assert (prediction["completeness"], feature) == (1.0, FEATURES[1])


def test_a_missing_baseline_is_named_with_what_to_do():
    found = registered()
    del found["ModelQuality"]["Constraints"]
    with pytest.raises(baselines.NothingToMonitor, match=r"DriftCheckBaselines\.ModelQuality\.Constraints"):
        baselines.prepared(bucket(), found, VERSION, "model-b", PLACE)
