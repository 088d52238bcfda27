"""What an instance type stands for here: how much memory and processor a job of that type may use.

https://aws.amazon.com/sagemaker/pricing/ lists the types. A family gives the memory that goes with one vCPU, the size
gives the vCPUs; so a type that Amazon adds tomorrow is understood today.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

GIB = 1024**3

# GiB of memory for each vCPU, by the family's letter: compute, general purpose, memory optimised.
_GIB_PER_VCPU = {
    "c": 2.0,
    "m": 4.0,
    "r": 8.0,
    "x": 16.0,
    "g": 4.0,
    "p": 8.0,
    "t": 4.0,
    "i": 8.0,
    "trn": 16.0,
    "inf": 2.0,
}
_VCPUS = {"nano": 2, "micro": 2, "small": 2, "medium": 2, "large": 2, "xlarge": 4, "metal": 96}
# Burstable types keep two vCPUs while their memory grows.
_BURSTABLE_GIB = {"medium": 4.0, "large": 8.0, "xlarge": 16.0, "2xlarge": 32.0}
_TYPE = re.compile(r"^(?:ml\.)?([a-z]+)(\d*)[a-z0-9-]*\.(?:(\d+)?(xlarge)|([a-z]+)(?:-\d+xl)?)$")
DEFAULT_TYPE = "ml.m5.xlarge"

# A job keeps at least this much, and never more than this part of the machine.
MEMORY_BYTES_MIN = 1 * GIB
MACHINE_SHARE = 0.9
# The whole machine stands for an instance of this size (or for its own size when it is larger).
WHOLE_VCPUS = 16
WHOLE_GIB = 64
SMALLEST_SHARE = 1 / 16


@dataclass(frozen=True)
class Machine:
    """This machine: processors it may use and bytes of memory."""

    cpus: int
    memory_bytes: int


@dataclass(frozen=True)
class Instance:
    """An instance type: its vCPUs and bytes of memory at Amazon's."""

    vcpus: int
    memory_bytes: int

    def memory_limit_bytes(self, machine: Machine) -> int:
        """What one job of this type may use here: the instance's memory, less where the machine has less."""
        return max(MEMORY_BYTES_MIN, min(self.memory_bytes, int(machine.memory_bytes * MACHINE_SHARE)))

    def cpu_limit(self, machine: Machine) -> int:
        """The processors a job of this type may use here."""
        return max(1, min(self.vcpus, machine.cpus))

    def share(self, machine: Machine, count: int = 1) -> float:
        """The part of the machine (0 to 1) that `count` of these reserve; a job never asks for more than all of it.

        Jobs mostly wait for imports and disks, so the machine is counted as at least 16 vCPUs and 64 GiB: four jobs
        on ml.m5.xlarge run at once on any laptop, and a larger machine takes more.
        """
        whole_bytes = max(WHOLE_GIB * GIB, machine.memory_bytes)
        part = max(self.vcpus / max(WHOLE_VCPUS, machine.cpus), self.memory_bytes / whole_bytes)
        return min(1.0, max(SMALLEST_SHARE, part) * count)


def instance(name: str) -> Instance:
    """The instance of this type, `ml.m5.xlarge`; an unknown form counts as that one."""
    match = _TYPE.match(name)
    if match is None:
        return instance(DEFAULT_TYPE)
    family, _, times, xlarge, word = match.groups()
    vcpus = 4 * int(times or 1) if xlarge else _VCPUS.get(word, 4)
    if family == "t":
        size = f"{times or ''}{xlarge}" if xlarge else word
        return Instance(min(vcpus, 8) if times else 2, int(_BURSTABLE_GIB.get(size, 4.0) * GIB))
    return Instance(vcpus, int(vcpus * _GIB_PER_VCPU.get(family, _GIB_PER_VCPU.get(family[:1], 4.0)) * GIB))


def this_machine() -> Machine:
    """The machine the server runs on."""
    return Machine(len(os.sched_getaffinity(0)), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
