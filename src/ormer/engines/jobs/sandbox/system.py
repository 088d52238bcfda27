"""The little of this machine that every program sees: system folders, chosen files of /etc, and a made-up identity."""

import os
from pathlib import Path

from ormer.engines.jobs.sandbox.contract import Mount

HOME = "/home/job"

_ROOT_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC_NAMES = (  # each costs a mount, about 0.2 ms of every start
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "pip.conf",
    "pki",
    "resolv.conf",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
)
_ETC = tuple(Mount(Path("/etc") / name, f"/etc/{name}") for name in _ETC_NAMES)


def root_arguments() -> list[str]:
    """bubblewrap arguments for /usr and the folders beside it, which on most systems are links into /usr."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in _ROOT_FOLDERS:
        path = f"/{name}"
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            arguments += ["--ro-bind", path, path]
    return arguments


def etc_mounts() -> list[Mount]:
    """The files of /etc that programs need and that say nothing about the people on this machine."""
    return [mount for mount in _ETC if os.access(mount.target, os.R_OK)]


def identity_mounts(private: Path, hostname: str) -> list[Mount]:
    """Write the program's own passwd, group and hosts below `private` and mount them."""
    uid, gid = os.getuid(), os.getgid()
    name = "root" if uid == 0 else "job"
    files = {
        "passwd": f"{name}:x:{uid}:{gid}:{name}:{HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "group": f"{name}:x:{gid}:\nnogroup:x:65534:\n",
        "hosts": f"127.0.0.1 localhost {hostname}\n::1 localhost ip6-localhost\n",
    }
    folder = private / "etc"
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_text(content)
    return [Mount(folder / file, f"/etc/{file}") for file in files]
