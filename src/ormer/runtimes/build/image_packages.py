"""What CodeBuild's images bring for Python, boto3 above all: made when a program first imports it and nothing else has.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
They lie behind everything a build installs, in a folder of their own, so that pip neither sees nor changes them.
"""

from __future__ import annotations

from pathlib import Path

# Modules by which a program asks, and the packages that they come from.
WANTED = ("boto3", "setuptools<81", "wheel")
MODULES = ("boto3", "botocore", "s3transfer", "setuptools", "pkg_resources", "wheel")
FINDER = '''\
import fcntl, os, subprocess, sys
from importlib.machinery import PathFinder


class ImagePackages:
    """Stands last: what it is asked for is nowhere else."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in {modules!r} or path is not None:
            return None
        os.makedirs({folder!r}, exist_ok=True)
        with open({folder!r} + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.listdir({folder!r}):
                words = [{uv!r}, "pip", "install", "--quiet", "--python", sys.executable, "--target", {folder!r}]
                if subprocess.call(words + {wanted!r}, stdout=sys.stderr):
                    return None
        if {folder!r} not in sys.path:
            sys.path.append({folder!r})
        return PathFinder.find_spec(name, sys.path)


sys.meta_path.append(ImagePackages)
'''


def lay(venv: Path, folder: Path, uv: str) -> None:
    """Let programs of `venv` find the packages, which will lie at `folder`."""
    for packages in venv.glob("lib/python*/site-packages"):
        text = FINDER.format(folder=str(folder), uv=uv, wanted=list(WANTED), modules=MODULES)
        (packages / "_image_packages.py").write_text(text)
        # Lines of a .pth file that begin with `import` are run when Python starts.
        (packages / "_image_packages.pth").write_text("import _image_packages\n")
