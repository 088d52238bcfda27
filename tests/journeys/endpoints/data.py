"""The rows of these journeys, and models that are made without training."""

import io
import json
import tarfile

import numpy

# Rows that are sent to every model of two features.
ROWS = [[0.5, 0.25], [0.125, 0.75], [0.875, 0.0]]


def table(count, seed):
    """CSV of a label and two features on which it depends."""
    features = numpy.random.default_rng(seed).random((count, 2))
    label = 10 * features[:, 0] + 3 * features[:, 1]
    return "".join(f"{y:.4f},{a:.4f},{b:.4f}\n" for y, (a, b) in zip(label, features, strict=True))


def archive(members):
    """A model.tar.gz of {path: text}."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path, text in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def scaler(factor):
    """A model whose code multiplies every cell."""
    return archive({"factor.json": json.dumps(factor)})


def patient(sleep, seconds_max=0.5):
    """A sleep for SDKs that look every half minute: endpoints are in service in seconds here."""
    return lambda seconds: sleep(min(seconds, seconds_max))


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; the SDKs print dots and leave them without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)
