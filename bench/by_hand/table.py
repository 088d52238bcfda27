"""Write a CSV table with a header: `table.py FILE ROWS COLUMNS`. Three of twenty columns are integers, two are text."""

import sys

import numpy as np
import polars as pl


def main(path: str, rows: int, columns: int) -> None:
    chance = np.random.default_rng(7)
    words = np.array([f"word-{number}" for number in range(200)])
    table = {}
    for number in range(columns):
        if number % 10 == 9:
            table[f"text{number}"] = words[chance.integers(0, len(words), rows)]
        elif number % 7 == 3:
            table[f"whole{number}"] = chance.integers(0, 10_000, rows)
        else:
            table[f"real{number}"] = chance.normal(number, 1 + number, rows).round(6)
    pl.DataFrame(table).write_csv(path)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
