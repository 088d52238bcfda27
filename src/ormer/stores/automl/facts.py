"""The words of an AutoML job's facts."""

from __future__ import annotations

KIND = "AutoMLJob"
ENSEMBLING, TUNED, AUTO = "ENSEMBLING", "HYPERPARAMETER_TUNING", "AUTO"
# The version of the operation that made it, 1 or 2, the mode that is meant, and the algorithms that are tried.
VERSION, MODE, ALGORITHMS = "version", "mode", "algorithms"
# Once known: {"problem", "classes", "names", "typical", "rows"} of the data, and the objective's metric.
FOUND, OBJECTIVE = "found", "objective"
# Which stage it is in, {what for: ARN} of what was begun, and {candidate: CandidateArtifactLocations}.
STAGE, BEGUN, REPORTS = "stage", "begun", "reports"
SPLIT, PROCESSOR, TRANSFORM, TUNING = "split", "processor", "transform", "tuning"
