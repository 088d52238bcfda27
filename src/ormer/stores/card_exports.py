"""Exports of model cards: what the operation writes and the engine moves on."""

from __future__ import annotations

KIND = "ModelCardExportJob"
TASK = "model_card_export"
IN_PROGRESS, COMPLETED, FAILED = "InProgress", "Completed", "Failed"
REASON_CHARACTERS_MAX = 1024
