"""Macros: what rewrites a template before it is read. A macro is a pure function of the template, the parameters' texts
and the region; the stack keeps both the text that was given and the one that came out.

AWS::Include (a file of S3 put in place) and AWS::Serverless-2016-10-31 (SAM) are here; AWS::LanguageExtensions is no
macro to ormer, whose functions know it. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ormer.engines.stacks.language import documents
from ormer.engines.stacks.language.templates import LANGUAGE_EXTENSIONS, NAME_OF_INCLUDE, SERVERLESS, transforms_of
from ormer.engines.stacks.macros import includes

JsonDict = dict[str, Any]


def changes(text: str) -> bool:
    """Whether a template has to be rewritten before it can be read. Raises TemplateFault for one that has no form."""
    # Looked for before it is parsed: nearly no template has any.
    if SERVERLESS not in text and NAME_OF_INCLUDE not in text:
        return False
    raw = documents.load(text)
    return SERVERLESS in transforms_of(raw) or includes.any_in(raw)


def expanded(text: str, texts: Mapping[str, str], region: str, read: Callable[[str], str]) -> str:
    """The template that comes out, as JSON.

    texts: the parameters' values. read: gives the text of an object by its `s3://` location.
    Raises TemplateFault with what is wrong in the template.
    """
    raw = includes.expanded(documents.load(text), texts, read)
    if SERVERLESS in transforms_of(raw):
        # It brings a library of its own, which no other template should wait for.
        from ormer.engines.stacks.macros import serverless

        kept = [name for name in transforms_of(raw) if name == LANGUAGE_EXTENSIONS]
        raw = serverless.transformed(raw, texts, region)
        raw |= {"Transform": kept} if kept else {}
    return json.dumps(raw, ensure_ascii=False, indent=1)
