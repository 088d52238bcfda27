"""Run by the sandbox tests as some user: starts one job from a request on standard input and prints how it went."""

import json
import sys
from pathlib import Path

from ormer.engines.jobs.sandbox import Mount, Program, choose
from ormer.engines.jobs.supervision import Job, Limits, Spawner

request = json.load(sys.stdin)
job = Path(request["job"])
(job / "ml").mkdir(exist_ok=True)
(job / "input").mkdir(exist_ok=True)
(job / "input" / "data.csv").write_text("1,2\n")
mounts = (Mount(job / "ml", "/opt/ml", read_only=False), Mount(job / "input", "/opt/ml/input/data"))
runtime = Path(request["runtime"]) if "runtime" in request else None
main = Program(
    "algo-1",
    ("/bin/sh", "-c", request["script"]),
    env=request.get("env", {}),
    mounts=mounts,
    runtime=runtime,
    writable_runtime=request.get("writable_runtime", False),
)
spawner = Spawner(choose())
run = job / "runs" / str(len(list(job.glob("runs/*"))))
with spawner.start(Job("job", main, limits=Limits(), network=request.get("network", "host")), run) as handle:
    handle.wait(100)
    result = handle.result()
spawner.close()
assert result is not None
output = [json.loads(line)["m"] for line in (run / "log").read_text().splitlines()]
json.dump({"result": vars(result), "output": output}, sys.stdout)
