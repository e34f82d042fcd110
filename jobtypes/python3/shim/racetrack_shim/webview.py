"""Owns the job's own user interface: hands each request to its WSGI or ASGI application."""

import os

from .describe import webview_kind
from .web_request import WebRequest


class Webview:
    """The application that the job's `webview_app` returned; `start` is called by the thread that reads the connection."""

    def __init__(self, app, runner):
        name = os.environ.get("JOB_NAME", "JOB_NAME")
        version = os.environ.get("JOB_VERSION", "JOB_VERSION")
        self._base_url = "/pub/job/%s/%s/api/v1/webview" % (name, version)
        if webview_kind(app) == "wsgi":
            from .wsgi import WsgiHost as Host
        else:
            from .asgi import AsgiHost as Host
        self._host = Host(app, runner)

    def start(self, frame):
        self._host.start(WebRequest(frame, self._base_url))

    def stop(self):
        """Lets the application shut down; called when no request is running any more."""
        self._host.stop()
