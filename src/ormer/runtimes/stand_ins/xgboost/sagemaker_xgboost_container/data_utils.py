"""Channels to DMatrix."""

import os
import tempfile

import xgboost as xgb

FORMATS = {"csv": "csv", "text/csv": "csv", "libsvm": "libsvm", "text/libsvm": "libsvm", "text/x-libsvm": "libsvm"}


def get_content_type(content_type):
    """Returns `csv` or `libsvm`; libsvm when nothing is said. Raises ValueError for what a program cannot read so."""
    media = (content_type or "libsvm").partition(";")[0].strip().lower()
    if media not in FORMATS:
        raise ValueError("{} is not an accepted ContentType: {}.".format(content_type, ", ".join(FORMATS)))
    return FORMATS[media]


def get_dmatrix(data_path, content_type, csv_weights=0, is_pipe=False):
    """Returns the DMatrix of all files below a path (or several paths), None when there are none."""
    if is_pipe:
        raise ValueError("Pipe mode is no longer supported. Please use File mode.")
    files = []
    for place in data_path if isinstance(data_path, list) else [data_path]:
        files += [place] if os.path.isfile(place) else _files_below(place)
    if not files:
        return None
    options = "format={}".format(get_content_type(content_type))
    if options == "format=csv":
        options += "&label_column=0&delimiter=," + ("&weight_column=1" if csv_weights == 1 else "")
    with tempfile.TemporaryDirectory() as scratch:
        for number, path in enumerate(files):
            os.symlink(os.path.abspath(path), os.path.join(scratch, "part-{:06d}".format(number)))
        return xgb.DMatrix("{}?{}".format(scratch, options))


def _files_below(folder):
    found = []
    for current, _, names in sorted(os.walk(folder)):
        found += [os.path.join(current, name) for name in sorted(names) if not name.startswith((".", "_"))]
    return found
