"""What is wrong with a template or with values for it, in CloudFormation's words."""

from __future__ import annotations


class TemplateFault(Exception):
    """A template that cannot be used, or a value that does not come out; the text is meant for its author."""


def format_error(text: str) -> TemplateFault:
    """A fault of the template's form."""
    return TemplateFault(f"Template format error: {text}")


def template_error(text: str) -> TemplateFault:
    """A fault of a function's use or of its values."""
    return TemplateFault(f"Template error: {text}")
