"""Print the definition of a pipeline as JSON, without creating it.

    python -m pipelines.get_pipeline_definition --module-name pipelines.abalone.pipeline --kwargs "{...}"
"""

import argparse
import json
import sys

from pipelines.arguments import add_common, load


def main(words=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common(parser)
    parser.add_argument("--file-name", help="write it into this file instead of printing it")
    arguments = parser.parse_args(words)

    _, pipeline = load(arguments.module_name, arguments.kwargs)
    text = json.dumps(json.loads(pipeline.definition()), indent=2)
    if arguments.file_name:
        with open(arguments.file_name, "w") as file:
            file.write(text + "\n")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
