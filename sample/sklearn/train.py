"""Trains the model that the job serves and saves it as model.joblib beside this file."""

from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

MODEL_FILE = Path(__file__).with_name("model.joblib")


def train() -> None:
    iris = load_iris()
    model = DecisionTreeClassifier(max_depth=3, random_state=7)
    model.fit(iris.data, iris.target_names[iris.target])
    joblib.dump(model, MODEL_FILE)
    print("trained on %d flowers, saved as %s" % (len(iris.data), MODEL_FILE.name))


if __name__ == "__main__":
    train()
