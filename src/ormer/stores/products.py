"""The project templates that come with ormer, as products of Service Catalog: their ids, words and texts.

A template is a folder under templates/projects with a `template.yaml`; `Metadata: ormer: {Title, Description, Order}`
says what people read. Ids are made of the folder's name, so that they are the same in every home and every release.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ormer import templates
from ormer.stores import service_roles

JsonDict = dict[str, Any]
VERSION = "v1.0"
LAUNCH_PATH = "SageMaker project templates"
# Every template of today came with this day's release.
CREATED = 1_764_028_800.0
ID_CHARACTERS = 13
FILE = "template.yaml"
LAST = 1000


@dataclass(frozen=True)
class Product:
    """One version of a product, ready to be launched.

    id: a built-in template's folder, the product's own id otherwise. order: its place among the others.
    document: the template, its functions as plain values. key: where the template lies in `bucket`, "" for the seed
    bucket of each region. launch_role: the ARN or name of the role that launches it, None for whoever asks.
    own: what its owner said of it, None for a built-in template. path: where a built-in template lies.
    """

    id: str
    title: str
    description: str
    order: int
    document: JsonDict
    key: str
    product_id: str
    artifact_id: str
    path_id: str
    version: str = VERSION
    created: float = CREATED
    bucket: str = ""
    launch_role: str | None = service_roles.LAUNCH_ROLE
    own: JsonDict | None = None
    path: Path | None = None


class _Reader(yaml.SafeLoader):
    """Reads a template for its words alone: `!Sub` and its like become what they are applied to."""


def _plain(loader: _Reader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode), "YAML has three kinds of nodes"
    return loader.construct_scalar(node)


_Reader.add_multi_constructor("!", _plain)


def plainly(text: str) -> JsonDict:
    """A template's document with its functions as plain values. Raises yaml.YAMLError."""
    document = yaml.load(text, Loader=_Reader)
    return document if isinstance(document, dict) else {}


def folders(name: str) -> list[Path]:
    """The folders of this name among what comes with ormer: `projects`, `seeds`, `bootstrap`."""
    return [Path(root) / name for root in templates.__path__]


def paths() -> list[Path]:
    """Every template's file, unread."""
    return [path for folder in folders("projects") for path in sorted(folder.glob(f"*/{FILE}"))]


def key_of(path: Path) -> str:
    """Where a template lies in the seed buckets."""
    return f"ormer/templates/{path.parent.name}.yaml"


@cache
def products() -> tuple[Product, ...]:
    """Every template, in the order in which they are offered."""
    found = [_product(path) for path in paths()]
    return tuple(sorted(found, key=lambda product: (product.order, product.title)))


def find(identifier: str) -> Product | None:
    """The product of this product id, template id or title; None when there is none."""
    return next((one for one in products() if identifier in (one.product_id, one.id, one.title)), None)


def _product(path: Path) -> Product:
    document = plainly(path.read_text())
    words = (document.get("Metadata") or {}).get("ormer") or {}
    named = {str(name).lower(): value for name, value in words.items()}
    name = path.parent.name
    return Product(
        id=name,
        title=str(named.get("title") or name),
        description=str(named.get("description") or document.get("Description") or "").strip(),
        order=int(named.get("order", LAST)),
        document=document,
        key=key_of(path),
        product_id=f"prod-{_letters(name)}",
        artifact_id=f"pa-{_letters(f'{name} {VERSION}')}",
        path_id=f"lpv3-{_letters(f'{name} path')}",
        path=path,
    )


def _letters(text: str) -> str:
    digest = hashlib.sha256(f"ormer {text}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_CHARACTERS]
