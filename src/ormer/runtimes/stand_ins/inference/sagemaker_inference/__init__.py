"""Stands in for sagemaker-inference: what inference programs import from it."""

from . import content_types, decoder, encoder, errors

__all__ = ["content_types", "decoder", "encoder", "errors"]
