"""Work for the processor: a long chain of SHA-256 sums, with an argument that has a default."""

import hashlib
from typing import Dict


class Hasher:
    def perform(self, attempts: int = 1000000) -> str:
        """
        Hash an empty text, then the hash, and so on.
        :param attempts: How many times.
        :return: The last hash, in 64 hexadecimal digits.
        """
        digest = b""
        for _ in range(attempts):
            digest = hashlib.sha256(digest).digest()
        return digest.hex()

    def docs_input_example(self) -> Dict:
        return {"attempts": 10}
