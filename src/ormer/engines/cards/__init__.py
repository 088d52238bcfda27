"""Exports of model cards."""
