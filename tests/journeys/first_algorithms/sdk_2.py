"""Amazon's first algorithms by the SDK's classes for them: `python sdk_2.py --role ARN --bucket BUCKET`.

Prints what came of each, a JSON object a line.
"""

import argparse
import json

import numpy as np
import sagemaker
from sagemaker import KNN, LDA, PCA, FactorizationMachines, KMeans, RandomCutForest

TYPE = "ml.m5.large"
RANDOM = np.random.default_rng(0)


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; what the SDK shows may end without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)


def answers(algorithm, rows, asked, labels=None, **fit):
    """{name: value or list} of each row asked, of a model that was trained on the rows and hosted."""
    records = algorithm.record_set(rows.astype("float32"), None if labels is None else labels.astype("float32"))
    algorithm.fit(records, logs=False, **fit)
    predictor = algorithm.deploy(1, TYPE)
    found = predictor.predict(asked.astype("float32"))
    predictor.delete_endpoint()
    return [{name: list(value.float32_tensor.values) for name, value in one.label.items()} for one in found]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    session = sagemaker.Session(default_bucket=arguments.bucket)
    settings = {"role": arguments.role, "instance_count": 1, "instance_type": TYPE, "sagemaker_session": session}
    near, far = RANDOM.normal(size=(60, 3)), RANDOM.normal(size=(60, 3)) + 9
    both, asked = np.vstack([near, far]), np.array([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])
    side = np.repeat([0.0, 1.0], 60)
    tell("kmeans", answer=answers(KMeans(k=2, **settings), both, asked))
    tell("pca", answer=answers(PCA(num_components=2, **settings), both, asked))
    classifier = KNN(k=5, sample_size=100, predictor_type="classifier", **settings)
    tell("knn", answer=answers(classifier, both, asked, side))
    tell("forest", answer=answers(RandomCutForest(num_trees=50, num_samples_per_tree=60, **settings), near, asked))
    factors = FactorizationMachines(num_factors=2, predictor_type="binary_classifier", epochs=10, **settings)
    tell("factors", answer=answers(factors, both, asked, side))
    words = np.array([[5, 5, 5, 0, 0, 0], [0, 0, 0, 5, 5, 5]] * 20)
    lda = LDA(num_topics=2, **{name: settings[name] for name in settings if name != "instance_count"})
    tell("lda", answer=answers(lda, words, words[:2], mini_batch_size=40))


if __name__ == "__main__":
    main()
