"""The bucket that AWS keeps in every region for its project templates: the tutorials' data set, our templates and the
archives that their repositories begin with.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ormer import data
from ormer.stores import products

# Owns the seed buckets: none of the accounts anyone calls from.
ACCOUNT = "amazon"
NAME = re.compile(r"sagemaker-servicecatalog-seedcode-(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)")
TAKEN = (
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
    "Please select a different name and try again."
)
# ATTRIBUTION.md beside the files says where they come from.
FILES: Mapping[str, str] = {
    "dataset/abalone-dataset.csv": "abalone-dataset.csv",
    "dataset/abalone-dataset-batch": "abalone-dataset-batch.csv",
}
TYPES: Mapping[str, str] = {".csv": "text/csv", ".zip": "application/zip", ".yaml": "application/yaml"}
PLAIN_TYPE = "text/csv"
# AWS's own names of archives, for templates that name them: our seed repositories of the same purpose.
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-sm.html
TOOLCHAIN: Mapping[str, str] = {
    "toolchain/model-building-workflow-v1.0.zip": "seeds/model-building-workflow",
    "toolchain/model-building-workflow-mm-clarify-v1.0.zip": "seeds/model-building-workflow",
    "toolchain/mpg-deployment-config-v1.0.zip": "seeds/model-deployment",
    "toolchain/mpg-deployment-config-v1.1.zip": "seeds/model-deployment",
    "toolchain/model-monitor-workflow-v1.0.zip": "seeds/model-monitoring",
    "bootstrap/GitRepositorySeedCodeCheckinCodeBuildProject-v1.0.zip": "bootstrap/seed-code-checkin",
    "bootstrap/GitRepositorySeedCodeCheckinCodeBuildProject-v1.1.zip": "bootstrap/seed-code-checkin",
}
# What stands between files of a folder and is none of them.
LEFT_OUT = ("__pycache__", ".pyc")
# The day on which zip's own time begins.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
EXECUTABLE_BITS, EXECUTABLE, PLAIN = 0o111, 0o755, 0o644


def is_seed(name: str) -> bool:
    """Whether this is the name of a region's seed bucket."""
    return NAME.fullmatch(name) is not None


def name_in(region: str) -> str:
    """The name of a region's seed bucket."""
    return f"sagemaker-servicecatalog-seedcode-{region}"


def region_of(name: str) -> str:
    """The region in a seed bucket's name."""
    match = NAME.fullmatch(name)
    assert match is not None, "only seed buckets carry a region"
    return match["region"]


def contents() -> dict[str, bytes]:
    """{key: bytes} of what lies in a seed bucket: the same bytes every time."""
    found = {key: (Path(data.__path__[0]) / name).read_bytes() for key, name in FILES.items()}
    found |= {products.key_of(path): path.read_bytes() for path in products.paths()}
    for folder in _seed_folders():
        found[f"ormer/{folder.name}.zip"] = packed(folder)
    return found | {key: packed(folder) for key, folder in _toolchain().items()}


def content_type(key: str) -> str:
    """The Content-Type of an object in a seed bucket."""
    return TYPES.get(Path(key).suffix, PLAIN_TYPE)


def fingerprint() -> str:
    """A hash of all that `contents` is made of, cheap enough for every start."""
    digest = hashlib.sha256("\n".join(TOOLCHAIN).encode())
    sources = [Path(data.__path__[0]) / name for name in FILES.values()]
    sources += products.paths()
    sources += [file for folder in (*_seed_folders(), *_toolchain().values()) for file in _files(folder)]
    for source in sources:
        digest.update(f"{source.parent.name}/{source.name} {_mode(source)} {source.stat().st_size}\n".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def packed(folder: Path) -> bytes:
    """A zip of a folder's files, their paths below it: the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for file in _files(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _mode(file) << 16
            archive.writestr(entry, file.read_bytes())
    return target.getvalue()


def _seed_folders() -> list[Path]:
    return [each for each in _named("seeds") if not _is_left_out(each)]


def _toolchain() -> dict[str, Path]:
    """{key: folder} of the archives under AWS's own names."""
    roots = {
        f"{folder.parent.name}/{folder.name}": folder for name in ("seeds", "bootstrap") for folder in _named(name)
    }
    return {key: roots[name] for key, name in TOOLCHAIN.items()}


def _named(name: str) -> list[Path]:
    return [each for root in products.folders(name) for each in sorted(root.glob("*")) if each.is_dir()]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(_is_left_out(part) for part in (path, *path.relative_to(folder).parents)):
            yield path


def _is_left_out(path: Path) -> bool:
    return path.name.endswith(LEFT_OUT)


def _mode(file: Path) -> int:
    return EXECUTABLE if file.stat().st_mode & EXECUTABLE_BITS else PLAIN
