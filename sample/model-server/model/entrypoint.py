"""The model of two jobs: it has learned from past crashes how risky the segments of a route are."""

import csv
import math
from pathlib import Path
from typing import Dict, List

NEAR_KM = 0.5
NEAR_HOURS = 3


class RouteModel:
    def __init__(self) -> None:
        with open(Path(__file__).with_name("crashes.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        self.crashes = [(float(row["lat"]), float(row["lng"]), int(row["hour"])) for row in rows]

    def perform(self, route: List[Dict[str, float]], hour: int) -> Dict:
        """
        Score each segment of a route by the crashes near it at that time of the day.
        :param route: The points of the route, each with `lat` and `lng`.
        :param hour: The hour of the day, 0 to 23.
        """
        if len(route) < 2:
            raise ValueError("a route has at least two points, this one has %d" % len(route))
        if not 0 <= hour <= 23:
            raise ValueError("there is no hour %d" % hour)
        return {"segments": [self.score(start, end, hour) for start, end in zip(route, route[1:])]}

    def score(self, start: Dict[str, float], end: Dict[str, float], hour: int) -> Dict:
        length = distance_km(start["lat"], start["lng"], end["lat"], end["lng"])
        near = [crash for crash in self.crashes if self.is_near(crash, start, end, hour)]
        return {"km": round(length, 2), "risk": round(len(near) / max(length, NEAR_KM), 2)}

    def is_near(self, crash, start, end, hour) -> bool:
        lat, lng, crash_hour = crash
        middle = (start["lat"] + end["lat"]) / 2, (start["lng"] + end["lng"]) / 2
        around = distance_km(start["lat"], start["lng"], end["lat"], end["lng"]) / 2 + NEAR_KM
        apart = abs(hour - crash_hour)
        return distance_km(*middle, lat, lng) <= around and min(apart, 24 - apart) <= NEAR_HOURS

    def docs_input_example(self) -> Dict:
        return {"route": [{"lat": 30.2672, "lng": -97.7431}, {"lat": 30.2849, "lng": -97.7341}], "hour": 17}


def distance_km(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Close enough for the streets of one town."""
    east = math.radians(other_lng - lng) * math.cos(math.radians((lat + other_lat) / 2))
    return 6371 * math.hypot(east, math.radians(other_lat - lat))
