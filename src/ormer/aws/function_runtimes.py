"""Lambda's names of runtimes, `python3.12` and `nodejs22.x`, and their languages.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import re

PYTHON, NODEJS = "python", "nodejs"
ANSWERED = re.compile(r"python3\.(?:8|9|10|11|12|13|14)|nodejs(?:16|18|20|22|24)\.x")
ANSWERED_WORDS = "python3.8 to python3.14 and nodejs16.x to nodejs24.x"


def language(runtime: str) -> str:
    """PYTHON or NODEJS."""
    return NODEJS if runtime.startswith(NODEJS) else PYTHON
