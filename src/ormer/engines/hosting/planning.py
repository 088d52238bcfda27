"""From a configuration and its models to the fleets that will serve them."""

from __future__ import annotations

from typing import Any

from ormer.engines.hosting.explaining import with_explainer
from ormer.engines.hosting.records import Fleet
from ormer.engines.jobs import servers
from ormer.stores.port import Api

JsonDict = dict[str, Any]


def fleets_of(api: Api, config: JsonDict, models: dict[str, JsonDict], number: int, now: float) -> tuple[Fleet, ...]:
    """A configuration's fleets, numbered from `number`. models: documents by name.

    Raises ContractError for a model that cannot be served here.
    """
    variants = [(each, False) for each in config["ProductionVariants"]]
    variants += [(each, True) for each in config.get("ShadowProductionVariants", ())]
    return tuple(
        _fleet(api, config, models[variant["ModelName"]], variant, shadow, number + place, now)
        for place, (variant, shadow) in enumerate(variants)
    )


def _fleet(
    api: Api, config: JsonDict, model: JsonDict, variant: JsonDict, shadow: bool, number: int, now: float
) -> Fleet:
    direct = (model.get("InferenceExecutionConfig") or {}).get("Mode") == "Direct"
    return Fleet(
        number=number,
        variant=variant,
        containers=with_explainer(tuple(servers.containers_of(api, model, multi_model=True)), config, direct),
        weight=float(variant["InitialVariantWeight"]),
        count=variant.get("InitialInstanceCount", 1),
        resolved=now,
        role_arn=model.get("ExecutionRoleArn", ""),
        isolated=bool(model.get("EnableNetworkIsolation") or config.get("EnableNetworkIsolation")),
        direct=direct,
        shadow=shadow,
    )
