"""Owns the models of a registry folder: `NAME/VERSION/model.json`, versions being whole numbers."""

import json
import math
import os
from pathlib import Path
from typing import Dict, Optional

FOLDER = Path(os.environ.get("MODEL_REGISTRY") or Path(__file__).with_name("registry"))


class Model:
    """A logistic regression."""

    def __init__(self, version: int, bias: float, weights: Dict[str, float]) -> None:
        self.version = version
        self.bias = bias
        self.weights = weights

    def predict(self, features: Dict[str, float]) -> float:
        missing = sorted(set(self.weights) - set(features))
        if missing:
            raise ValueError("the model needs %s" % ", ".join(missing))
        total = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-total))


def load(name: str, version: Optional[str] = None) -> Model:
    """The model in this version, or in the newest one that is there."""
    versions = [int(path.name) for path in (FOLDER / name).iterdir() if path.name.isdigit()]
    chosen = int(version) if version else max(versions)
    with open(FOLDER / name / str(chosen) / "model.json") as file:
        return Model(chosen, **json.load(file))
