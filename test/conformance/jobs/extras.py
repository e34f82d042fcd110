"""Metrics, static files and a WSGI user interface."""


class Extras:
    def __init__(self):
        self.base_url = ""

    def perform(self):
        return "done"

    def metrics(self):
        return [
            {"name": "job_wasted_seconds", "description": "Seconds you have wasted here", "value": 1.2},
            {"name": "job_positives", "value": 5, "labels": {"color": "blue"}},
            {"name": "job_zero_value", "value": 0},
            {"name": "job_null_value", "value": None},
        ]

    def static_endpoints(self):
        return {"/xrai": ("xrai.yaml", "application/x-yaml"), "/docs": "pages"}

    def webview_app(self, base_url):
        def app(environ, start_response):
            path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
            start_response("200 OK", [("Content-Type", "text/html")])
            return [("<p>%s</p><a href='%s/next'>next</a>" % (path, base_url)).encode()]

        return app
