"""Where the files of an AutoML job lie; the paths are AWS's as far as people read them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """Where an AutoML job's files lie, below its output path."""

    root: str

    @property
    def data(self) -> str:
        return f"{self.root}/preprocessed-data/tuning_data"

    @property
    def schema(self) -> str:
        return f"{self.root}/preprocessed-data/schema"

    @property
    def explained(self) -> str:
        return f"{self.root}/preprocessed-data/explained"

    @property
    def notebooks(self) -> str:
        return f"{self.root}/sagemaker-automl-candidates/notebooks"

    @property
    def processors(self) -> str:
        return f"{self.root}/data-processor-models"

    @property
    def transformed(self) -> str:
        return f"{self.root}/transformed-data/dpp0/rpb"

    @property
    def trained(self) -> str:
        return f"{self.root}/tuning"

    @property
    def predicted(self) -> str:
        return f"{self.root}/documentation/predictions"

    def explanation(self, candidate: str) -> str:
        return f"{self.root}/documentation/explainability/output/{candidate}"

    def insights(self, candidate: str) -> str:
        return f"{self.root}/documentation/model_monitor/output/{candidate}"

    def analysis(self, candidate: str) -> str:
        return f"{self.root}/documentation/explainability/input/{candidate}/analysis_config.json"
