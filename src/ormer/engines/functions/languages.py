"""What differs between functions in Python and in Node.js: the program that loads them, its variables, what it sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ormer.aws.function_runtimes import NODEJS, language
from ormer.engines.images import node_packages
from ormer.engines.jobs.contracts import Surroundings
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES
from ormer.engines.jobs.sandbox import Mount

JsonDict = dict[str, Any]
# V8 ends a function with an error of its own before the sandbox's limit does: the rest is for what is not its heap.
# https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib
HEAP_SHARE = 0.9

# V8 reserves half a gigabyte for the code of each of its threads, and the sandbox's limit counts that.
CODE_RANGE_BYTES = 512 << 20
LANGUAGE = "/var/lang"
THREADS = 32


def argv(document: JsonDict, venv: Path) -> tuple[str, ...]:
    """The command that calls the function once."""
    if language(document["Runtime"]) == NODEJS:
        heap = f"--max-old-space-size={int(document['MemorySize'] * HEAP_SHARE)}"
        return (str(venv / "bin" / "node"), heap, f"{RUNTIMES}/functions/node/invoke.cjs")
    return (str(venv / "bin" / "python"), f"{RUNTIMES}/run.py", "functions", "invoke")


def reserved_bytes(document: JsonDict) -> int:
    """What a process of the function reserves without using it."""
    return THREADS * CODE_RANGE_BYTES if language(document["Runtime"]) == NODEJS else 0


def variables(document: JsonDict, here: Surroundings, tls_address: str) -> dict[str, str]:
    """What the language's runtime is told. tls_address: where this server answers https."""
    if language(document["Runtime"]) != NODEJS:
        return {}
    trusted = {"NODE_EXTRA_CA_CERTS": CA_BUNDLE, "ORMER_TLS_ADDRESS": tls_address} if here.trusted is not None else {}
    return {"NODE_PATH": _node_path(document["Runtime"]), "AWS_NODEJS_CONNECTION_REUSE_ENABLED": "1", **trusted}


def mounts(document: JsonDict, venv: Path) -> list[Mount]:
    """What is seen besides the code, parents of it first. `import` and `require` look up the folders from /var/task:
    they find the code's own packages, then those of layers, then the SDK in the root. Scripts of layers begin with the
    place that AWS's Python has."""
    if language(document["Runtime"]) != NODEJS:
        return [Mount(venv, LANGUAGE)]
    place = venv / node_packages.FOLDER
    modules = node_packages.MODULES
    return [Mount(place / node_packages.VAR, "/var"), Mount(place / modules, f"/{modules}")]


def _node_path(runtime: str) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/nodejs-layers.html"""
    release = runtime.removeprefix(NODEJS).removesuffix(".x")
    layers = f"/opt/nodejs/node{release}/node_modules:/opt/nodejs/node_modules"
    return f"{layers}:/var/runtime/node_modules:/var/runtime:/var/task"
