"""Figures of the job's own, read by Prometheus beside those that every job has."""

from typing import Dict, List


class WaitingRoom:
    def __init__(self) -> None:
        self.minutes_waited = 0.0
        self.seen = {"calm": 0, "impatient": 0}

    def perform(self, minutes: float = 0) -> int:
        """
        Receive a patient.
        :param minutes: How long the patient has waited.
        :return: How many patients were received so far.
        """
        if minutes < 0:
            raise ValueError("nobody waits less than no time")
        self.minutes_waited += minutes
        self.seen["impatient" if minutes > 30 else "calm"] += 1
        return sum(self.seen.values())

    def metrics(self) -> List[Dict]:
        """Called at every scrape. A value of None leaves the figure out."""
        patients = [
            {
                "name": "waiting_room_patients",
                "description": "Patients received, by mood",
                "value": count,
                "labels": {"mood": mood},
            }
            for mood, count in self.seen.items()
        ]
        return [
            {
                "name": "waiting_room_minutes",
                "description": "Minutes spent waiting by all patients together",
                "value": self.minutes_waited,
            },
            {"name": "waiting_room_open", "description": "Whether the door is open", "value": True},
            {"name": "waiting_room_rating", "description": "Average rating, once there is one", "value": None},
            *patients,
        ]

    def docs_input_example(self) -> Dict:
        return {"minutes": 12.5}
