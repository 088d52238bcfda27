"""Hyperparameters of an algorithm as one value, and the kinds that this family adds to toolkit.ranges.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Mapping

from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical, Continuous, Integer, Interval

AUTO = "auto"
PLATFORM = ("_tuning_objective_metric", "_enable_profiler", "_log_level", "_kvstore", "_num_gpus", "_num_kv_servers")
"""Hyperparameters of the platform's own, which reach every algorithm of this family."""

COUNT = Integer(Interval(low=1))
FROM_ZERO = Continuous(Interval(low=0))
ABOVE_ZERO = Continuous(Interval(low=0, low_open=True))
ANY_NUMBER = Continuous(Interval())


@dataclass(frozen=True)
class Or:
    """One word, such as auto, or a value of another kind."""

    word: str
    kind: Any

    def read(self, name: str, text: str) -> Any:
        return text if text == self.word else self.kind.read(name, text)


@dataclass(frozen=True)
class Flag:
    """true or false in any case, as the SDK writes them; auto where the algorithm may decide."""

    may_be_auto: bool = False

    def read(self, name: str, text: str) -> Any:
        words = ("true", "false", AUTO) if self.may_be_auto else ("true", "false")
        word = Categorical(words).read(name, text.lower())
        return word if word == AUTO else word == "true"


@dataclass(frozen=True)
class Names:
    """A JSON list of a few known words, such as ["msd", "ssd"]."""

    words: tuple[str, ...]

    def read(self, name: str, text: str) -> tuple[str, ...]:
        try:
            found = json.loads(text)
        except ValueError:
            raise UserError(f'Hyperparameter {name}: {text} is no JSON list such as ["{self.words[0]}"]') from None
        if not isinstance(found, list) or not all(word in self.words for word in found):
            raise UserError(f"Hyperparameter {name}: {text} is no list of {', '.join(self.words)}")
        return tuple(found)


FAMILY: Mapping[str, Any] = {"feature_dim": Or(AUTO, COUNT), "mini_batch_size": COUNT, "force_dense": Flag()}
"""What the SDK gives every algorithm of the family."""


@dataclass(frozen=True)
class Parameters:
    """The hyperparameters of one algorithm.

    required: those without a default, each with what to do about it; idle: those that are checked and change nothing;
    check: is given all values and the texts, may settle a value, raises UserError where they do not go together.
    """

    algorithm: str
    kinds: Mapping[str, Any]
    defaults: Mapping[str, Any]
    required: Mapping[str, str]
    idle: tuple[str, ...] = ()
    check: Callable[[dict[str, Any], Mapping[str, str]], None] | None = None

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Returns every hyperparameter with its value or default. Raises UserError that names the first wrong one."""
        kinds = {**FAMILY, **self.kinds}
        own = {name: str(text) for name, text in texts.items() if name not in PLATFORM}
        for name in own:
            if name not in kinds:
                raise UserError(
                    f"Additional hyperparameters are not allowed ('{name}' was unexpected). "
                    f"The hyperparameters of {self.algorithm} are {', '.join(sorted(kinds))}."
                )
        for name, advice in self.required.items():
            if name not in own:
                raise UserError(f"Missing required hyperparameter: {name}; {advice}.")
        values = {"feature_dim": AUTO, **self.defaults, **{name: kinds[name].read(name, own[name]) for name in own}}
        if self.check is not None:
            self.check(values, own)
        return values
