"""Finding the handler that a function's configuration names."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Callable

from .failures import Broken, frames

Handler = Callable[[Any, Any], Any]


def handler(name: str, folder: str, own_files: str) -> Handler:
    """The function of `module.function`, `package/module.function` too. Raises Broken in Lambda's words."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        text = "Bad handler '{}': not enough values to unpack (expected 2, got 1)".format(name)
        raise Broken("Runtime.MalformedHandlerName", text)
    sys.path.insert(0, folder)
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except SyntaxError as error:
        text = "Syntax error in module '{}': {}".format(module_name, error)
        trace = ['  File "{}" Line {}\n    {}'.format(error.filename, error.lineno, error.text or "")]
        raise Broken("Runtime.UserCodeSyntaxError", text, trace) from None
    except ImportError as error:
        text = "Unable to import module '{}': {}".format(module_name, error)
        raise Broken("Runtime.ImportModuleError", text) from None
    except Exception as error:
        raise Broken(type(error).__name__, str(error), frames(error, own_files)) from None
    found = getattr(module, function_name, None)
    if not callable(found):
        raise Broken(
            "Runtime.HandlerNotFound", "Handler '{}' missing on module '{}'".format(function_name, module_name)
        )
    return found  # type: ignore[no-any-return]
