"""Files that the job serves beside its calls: one file, one with its media type given, and a whole folder."""

from typing import Dict, Tuple, Union


class Concatenator:
    def perform(self, x, y):
        """Join two values with `+`: numbers add up, texts are put together."""
        return x + y

    def static_endpoints(self) -> Dict[str, Union[str, Tuple[str, str]]]:
        """Paths below /api/v1 and the files behind them, relative to the working folder."""
        return {
            "/model-card": "model-card.yaml",
            "/manifest": ("job.yaml", "application/x-yaml"),
            "/docs": "docs",
        }

    def docs_input_example(self) -> Dict:
        return {"x": 40, "y": 2}
