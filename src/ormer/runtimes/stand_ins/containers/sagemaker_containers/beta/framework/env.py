"""The training environment as an object, read from the SM_* variables."""

import json
import os


class TrainingEnv(dict):
    """SM_TRAINING_ENV with its members as attributes."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)


def training_env():
    """Returns the environment of the training job that runs this program."""
    return TrainingEnv(json.loads(os.environ.get("SM_TRAINING_ENV", "{}")))
