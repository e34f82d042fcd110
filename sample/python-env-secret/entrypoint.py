"""Settings and secrets from the environment: a mandatory one, one with a default, and a secret that is used but never shown."""

import hashlib
import os
from typing import Dict, Optional


class SecretReader:
    def __init__(self) -> None:
        self.zoo = os.environ["MODEL_ZOO"]
        self.batch_size = int(os.environ.get("BATCH_SIZE", "16"))
        self.token: Optional[str] = os.environ.get("ZOO_TOKEN")

    def perform(self) -> Dict:
        """Tell what the job was set up with; of the secret only a fingerprint."""
        return {
            "zoo": self.zoo,
            "batch_size": self.batch_size,
            "token_fingerprint": fingerprint(self.token) if self.token else None,
        }


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:8]
