"""`python -m ormer` is `ormer`."""

from ormer.cli.main import main

main()
