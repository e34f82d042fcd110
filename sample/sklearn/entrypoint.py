"""A scikit-learn model, trained by train.py and loaded from its file once, when the job starts."""

from pathlib import Path
from typing import Callable, Dict, List

import joblib


class IrisClassifier:
    def __init__(self) -> None:
        model_file = Path(__file__).with_name("model.joblib")
        if not model_file.exists():
            raise FileNotFoundError("%s is missing: run train.py first" % model_file.name)
        self.model = joblib.load(model_file)

    def perform(self, flowers: List[List[float]]) -> List[str]:
        """
        Tell the species of each flower.
        :param flowers: For each flower the length and width of the sepals, then of the petals, in centimetres.
        """
        return self.model.predict(flowers)

    def auxiliary_endpoints(self) -> Dict[str, Callable]:
        return {"/probabilities": self.probabilities}

    def probabilities(self, flower: List[float]) -> Dict[str, float]:
        """Tell how sure the model is of each species."""
        return dict(zip(self.model.classes_, self.model.predict_proba([flower])[0]))

    def docs_input_examples(self) -> Dict[str, Dict]:
        return {
            "/perform": {"flowers": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]},
            "/probabilities": {"flower": [5.1, 3.5, 1.4, 0.2]},
        }
