"""AWS::SageMaker::FeatureGroup: made while the stack waits until it takes records; features are added to it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, described, noun

JsonDict = dict[str, Any]
NAME, ARN = "FeatureGroupName", "FeatureGroupArn"
ATTRIBUTES = ("CreationTime", "FeatureGroupStatus")


def _create(site: Site, properties: JsonDict) -> Made:
    tags = {"Tags": site.tags} if site.tags else {}
    made = site.make(SERVICE, "CreateFeatureGroup", properties, **tags)
    return _named(
        described(site, "FeatureGroup", {NAME: text_of(properties[NAME]), ARN: str(made[ARN])}, ARN, ATTRIBUTES)
    )


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """Add the features that are new, and change time to live and throughput."""
    name = held.attributes[NAME]
    before = {one["FeatureName"]: one for one in held.properties["FeatureDefinitions"]}
    now = {one["FeatureName"]: one for one in properties["FeatureDefinitions"]}
    if any(now.get(feature) != one for feature, one in before.items()):
        raise Refused("Features of a feature group can be added, but neither removed nor changed.")
    change: JsonDict = {"FeatureAdditions": [one for feature, one in now.items() if feature not in before]}
    online = properties.get("OnlineStoreConfig", {})
    if "TtlDuration" in online:
        change["OnlineStoreConfig"] = {"TtlDuration": online["TtlDuration"]}
    if "ThroughputConfig" in properties:
        change["ThroughputConfig"] = properties["ThroughputConfig"]
    if not change["FeatureAdditions"]:
        del change["FeatureAdditions"]
    site.make(SERVICE, "UpdateFeatureGroup", {**change, NAME: name})
    return Made(held.physical_id, held.attributes, held.arn, done=True)


def _named(made: Made) -> Made:
    """Ref gives the name; the ARN is no attribute."""
    attributes = {name: value for name, value in made.attributes.items() if name != ARN}
    return Made(attributes[NAME], attributes, made.arn)


TYPE = noun(
    "FeatureGroup",
    NAME,
    "Description EventTimeFeatureName FeatureDefinitions OfflineStoreConfig OnlineStoreConfig "
    "RecordIdentifierFeatureName RoleArn ThroughputConfig",
    attributes="CreationTime FeatureGroupStatus",
    arn=NAME,
    create=_create,
    update=_update,
    replaces="Description EventTimeFeatureName OfflineStoreConfig OnlineStoreConfig.EnableOnlineStore "
    "OnlineStoreConfig.SecurityConfig OnlineStoreConfig.StorageType RecordIdentifierFeatureName RoleArn",
    required=f"{NAME} EventTimeFeatureName FeatureDefinitions RecordIdentifierFeatureName",
    failed=frozenset({"CreateFailed", "DeleteFailed"}),
    waits=True,
)
