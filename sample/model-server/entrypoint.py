"""The server of two jobs: it takes a route from the caller, has the model score it, and answers in the caller's terms."""

from typing import Dict, List

from racetrack_job_wrapper.call import call_job

LEVELS = ((0.5, "calm"), (2.0, "mixed"))


class RouteServer:
    def perform(self, route: List[Dict[str, float]], hour: int = 12) -> Dict:
        """
        Tell how safe a bicycle route is.
        :param route: The points of the route, each with `lat` and `lng`.
        :param hour: The hour of the day, 0 to 23.
        """
        scored = call_job(self, "route-model", payload={"route": route, "hour": hour})
        worst = max(segment["risk"] for segment in scored["segments"])
        level = next((name for limit, name in LEVELS if worst < limit), "dangerous")
        return {"level": level, "worst": worst, "segments": scored["segments"]}

    def docs_input_example(self) -> Dict:
        return {"route": [{"lat": 30.2672, "lng": -97.7431}, {"lat": 30.2849, "lng": -97.7341}], "hour": 17}
