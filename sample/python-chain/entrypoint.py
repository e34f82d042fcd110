"""A job that calls another one: the adder behind the gateway does the sum, this one rounds it."""

from __future__ import annotations

from racetrack_job_wrapper.call import call_job


class RoundedAdder:
    def perform(self, numbers: list[float], version: str = "latest") -> int:
        """
        Add the numbers up and round the sum.
        :param numbers: The numbers to add.
        :param version: Version of the adder to ask.
        """
        total = call_job(self, "adder", payload={"numbers": numbers}, version=version)
        return round(total)

    def docs_input_example(self) -> dict:
        return {"numbers": [40, 2.7]}
