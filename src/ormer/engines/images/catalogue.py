"""From an image URI to what runs instead: the shipped catalogue and the images people added."""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from ormer.engines.images.recipes import Recipe

ADDED = "images"
OWN_PYTHONS = ("3.11", "3.12", "3.13")
OWN_KIND = "script"
_URI = re.compile(
    r"(?:(?P<host>[^/]+[.:][^/]*|localhost)/)?(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)


class ImageNotMapped(LookupError):
    """No runtime is known for an image. The text says how to map one."""


@dataclass(frozen=True)
class Image:
    """What an image URI means here. `kind` names the programs (runtimes/KIND), `runtime_key` the environment, `limits`
    what pip stays below in its jobs (runtimes/limits), if anything."""

    uri: str
    repository: str
    tag: str
    kind: str
    runtime_key: str
    limits: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Variables from which the programs take the habits of this very image tag."""
        return {"ORMER_IMAGE_REPOSITORY": self.repository, "ORMER_IMAGE_TAG": self.tag}


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue. `repository` and `tag` match whole texts; `tags` are examples for people."""

    repository: str
    tag: str
    tags: tuple[str, ...]
    kind: str
    runtime: str
    uri: str | None = None
    limits: str = ""

    def match(self, uri: str, repository: str, tag: str) -> Image | None:
        if self.uri is None or uri != self.uri:
            found = re.fullmatch(self.tag, tag)
            if not found or not re.fullmatch(self.repository, repository):
                return None
            python = found.groupdict().get("python")
        else:
            python = None
        runtime = f"{self.runtime}@{python}" if python else self.runtime
        return Image(uri, repository, tag, self.kind, runtime, self.limits)


class Catalogue:
    """All mapped images, added ones first, and the recipes of their runtimes. A value: load it again after `add`."""

    def __init__(self, entries: Iterable[Entry], recipes: Iterable[Recipe]) -> None:
        self.entries = tuple(entries)
        self.recipes = {recipe.name: recipe for recipe in recipes}

    @classmethod
    def load(cls, home: Path, extra: Path | None = None) -> Self:
        """The shipped catalogue, entries of a TOML file of the same form (`extra`), and the images added in `home`."""
        documents = [(files("ormer.engines.images") / "catalogue.toml").read_text()]
        documents += [extra.read_text()] if extra else []
        entries, recipes = [], []
        for added in sorted((home / ADDED).glob("*.json")):
            entry, recipe = _added(added)
            entries.append(entry)
            recipes.append(recipe)
        for document in reversed([tomllib.loads(document) for document in documents]):
            entries += [_entry(**image) for image in document.get("image", [])]
            recipes += [_recipe(name, **runtime) for name, runtime in document.get("runtime", {}).items()]
        return cls(entries, recipes)

    def image(self, uri: str) -> Image:
        """What `uri` means. Raises ImageNotMapped whose text says what to do."""
        parsed = _URI.fullmatch(uri.strip())
        if parsed:
            repository, tag = parsed["repository"], parsed["tag"] or "latest"
            for entry in self.entries:
                if image := entry.match(uri.strip(), repository, tag):
                    return image
        raise ImageNotMapped(self._advice(uri, parsed["repository"] if parsed else ""))

    def recipe(self, runtime_key: str) -> Recipe:
        """The recipe of a runtime key (`legacy`, `python@3.12`). KeyError when there is none."""
        name, _, python = runtime_key.partition("@")
        recipe = self.recipes[name]
        if not python:
            return recipe
        return replace(recipe, name=runtime_key, pythons=(python,))

    def runtime_keys(self) -> tuple[str, ...]:
        """Every runtime, shipped and added."""
        return tuple(self.recipes)

    def _advice(self, uri: str, repository: str) -> str:
        known = [tag for entry in self.entries if re.fullmatch(entry.repository, repository) for tag in entry.tags]
        near = f" Tags of {repository} that are mapped: {', '.join(known)}." if known else ""
        return (
            f"No runtime is mapped to the image {uri}.{near} ormer runs programs in locked Python environments, not in "
            f"containers. Map the image with `ormer images add {uri} --requirements requirements.txt`; "
            "`ormer images list` shows what is mapped."
        )


def add(home: Path, uri: str, requirements: str, kind: str = OWN_KIND, python: str | None = None) -> Image:
    """Map `uri` to an environment with these requirements (a requirements.txt's text). Replaces an earlier mapping.

    Nothing is installed yet. Equal requirements share one environment. ValueError for what is not an image URI."""
    parsed = _URI.fullmatch(uri)
    if not parsed:
        raise ValueError(f"{uri} is not an image URI such as ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG")
    folder = home / ADDED
    folder.mkdir(parents=True, exist_ok=True)
    content = hashlib.sha256(requirements.encode()).hexdigest()[:16]
    _write(folder / f"{content}.requirements.txt", requirements)
    mapping = {"uri": uri, "requirements": f"{content}.requirements.txt", "kind": kind, "python": python}
    name = hashlib.sha256(uri.encode()).hexdigest()[:16]
    _write(folder / f"{name}.json", json.dumps(mapping, indent=2) + "\n")
    return Catalogue.load(home).image(uri)


def remove(home: Path, uri: str) -> bool:
    """Forget an added mapping; False when there was none. Built environments stay."""
    path = home / ADDED / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}.json"
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed


def _added(path: Path) -> tuple[Entry, Recipe]:
    mapping = json.loads(path.read_text())
    uri, requirements = mapping["uri"], mapping["requirements"]
    parsed = _URI.fullmatch(uri)
    assert parsed is not None, "only image URIs are added"
    name = f"own-{requirements.split('.')[0]}"
    pythons = (mapping["python"],) if mapping["python"] else OWN_PYTHONS
    if mapping["python"]:
        name = f"{name}-{mapping['python']}"
    tag = re.escape(parsed["tag"]) if parsed["tag"] else ".*"
    entry = Entry(re.escape(parsed["repository"]), tag, (parsed["tag"] or "any",), mapping["kind"], name, uri)
    about = f"requirements of {uri}"
    return entry, Recipe(name, about, pythons, str(path.with_name(requirements)), locked=False)


def _entry(repository: str, tag: str, tags: list[str], kind: str, runtime: str, limits: str = "") -> Entry:
    return Entry(repository, tag, tuple(tags), kind, runtime, limits=limits)


def _recipe(
    name: str,
    about: str,
    pythons: list[str],
    lock: str = "",
    requirements: str = "",
    patches: list[str] | None = None,
    index: str = "",
    large: bool = False,
    packages: str = "",
) -> Recipe:
    locked = bool(lock)
    return Recipe(
        name, about, tuple(pythons), lock or requirements, locked, tuple(patches or ()), index, large, packages
    )


def _write(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(content)
    draft.replace(path)


def as_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The catalogue for people: one row per entry with `image`, `tags`, `kind` and `runtime`."""
    return [
        {"image": entry.uri or entry.repository, "tags": entry.tags, "kind": entry.kind, "runtime": entry.runtime}
        for entry in catalogue.entries
    ]
