"""The two commands of this repository as a package; who brings another pipeline may bring another setup.py as well."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
about = {}
exec((HERE / "pipelines" / "__version__.py").read_text(), about)

setup(
    name=about["__title__"],
    version=about["__version__"],
    description=about["__description__"],
    python_requires=">=3.8",
    packages=find_packages(include=["pipelines", "pipelines.*"]),
    install_requires=(HERE / "requirements.txt").read_text().split(),
    extras_require={"test": ["pytest>=7"]},
    entry_points={
        "console_scripts": [
            "run-pipeline=pipelines.run_pipeline:main",
            "get-pipeline-definition=pipelines.get_pipeline_definition:main",
        ]
    },
)
