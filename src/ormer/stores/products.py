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

JsonDict = dict[str, Any]
VERSION = "v1.0"
LAUNCH_PATH = "SageMaker project templates"
ID_CHARACTERS = 13
FILE = "template.yaml"
LAST = 1000


@dataclass(frozen=True)
class Product:
    """One template. id: its folder's name. order: its place among the others. document: the template, its functions as
    plain values."""

    id: str
    title: str
    description: str
    order: int
    path: Path
    document: JsonDict

    @property
    def product_id(self) -> str:
        return f"prod-{_letters(self.id)}"

    @property
    def artifact_id(self) -> str:
        return f"pa-{_letters(f'{self.id} {VERSION}')}"

    @property
    def path_id(self) -> str:
        return f"lpv3-{_letters(f'{self.id} path')}"

    @property
    def key(self) -> str:
        """Where the template lies in the seed bucket of every region."""
        return key_of(self.path)


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
    document = yaml.load(path.read_text(), Loader=_Reader)
    words = (document.get("Metadata") or {}).get("ormer") or {}
    named = {str(name).lower(): value for name, value in words.items()}
    return Product(
        id=path.parent.name,
        title=str(named.get("title") or path.parent.name),
        description=str(named.get("description") or document.get("Description") or "").strip(),
        order=int(named.get("order", LAST)),
        path=path,
        document=document,
    )


def _letters(text: str) -> str:
    digest = hashlib.sha256(f"ormer {text}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_CHARACTERS]
