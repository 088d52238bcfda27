"""Profile a CSV file with whylogs, as its guide says: `profile_whylogs.py FILE` prints the number of columns."""

import sys

import pandas as pd
import whylogs as why


def main(path: str) -> None:
    view = why.log(pd.read_csv(path)).view()
    print(len(view.to_pandas()))


if __name__ == "__main__":
    main(sys.argv[1])
