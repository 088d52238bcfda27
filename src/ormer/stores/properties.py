"""Search's table: documents flattened to one row a leaf, written in the transaction that writes the document.

Only kinds that Search knows are flattened, and what lists of lineage ask for; all else would only cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx
from ormer.stores.tables import properties

SEARCHABLE = frozenset(
    {
        "TrainingJob",
        "Experiment",
        "ExperimentTrial",
        "ExperimentTrialComponent",
        "Pipeline",
        "PipelineExecution",
        "ModelPackage",
        "ModelPackageGroup",
        "Project",
        "Endpoint",
        "Model",
        "HyperParameterTuningJob",
        "FeatureGroup",
        "FeatureMetadata",
        "ModelCard",
        "Image",
    }
)
# Kinds that Search does not know, but whose lists ask for a member: only that member is kept.
LISTED: Mapping[str, frozenset[str]] = {
    "Artifact": frozenset({"ArtifactType", "Source.SourceUri"}),
    "Action": frozenset({"ActionType", "Source.SourceUri"}),
    "Context": frozenset({"ContextType", "Source.SourceUri"}),
    "Alias": frozenset({"TargetKeyId"}),
    "ModelCardExportJob": frozenset({"ModelCardVersion"}),
    "MonitoringSchedule": frozenset({"EndpointName", "MonitoringType", "MonitoringJobDefinitionName"}),
    "MonitoringExecution": frozenset(
        {"EndpointName", "MonitoringType", "MonitoringJobDefinitionName", "MonitoringScheduleName"}
    ),
    **{
        f"{monitor}JobDefinition": frozenset({f"{monitor}JobInput.EndpointInput.EndpointName"})
        for monitor in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
    },
}
TEXT_LIMIT = 1024
LEAF_LIMIT = 400
SKIP = frozenset({"PipelineDefinition"})
# Built once: every write of a searchable document runs it.
ERASE = sa.delete(properties).where(properties.c.arn == sa.bindparam("of_arn"))


def write(tx: Tx, arn: str, kind: str, document: dict[str, Any], new: bool = False) -> None:
    """Replace the resource's rows by the document's leaves; a new resource has none yet."""
    listed = LISTED.get(kind)
    if kind not in SEARCHABLE and listed is None:
        return
    if not new:
        erase(tx, arn)
    rows = []
    for path, value in leaves(document):
        if listed is not None and path not in listed:
            continue
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)[:TEXT_LIMIT]
        rows.append({"arn": arn, "path": path, "text": text, "number": number})
        if len(rows) == LEAF_LIMIT:
            break
    if rows:
        tx.execute(sa.insert(properties), rows)


def erase(tx: Tx, arn: str) -> None:
    """Forget the resource's rows."""
    tx.execute(ERASE, {"of_arn": arn})


def having(path: str, text: str) -> sa.Select[tuple[str]]:
    """The ARNs whose documents hold this text at this path."""
    return sa.select(properties.c.arn).where(properties.c.path == path, properties.c.text == text[:TEXT_LIMIT])


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(`A.B`, leaf) pairs; list elements are numbered: `Tags[0].Key`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in SKIP:
                yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    elif value is not None:
        yield path, value
