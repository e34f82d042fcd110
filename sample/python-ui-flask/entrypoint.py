"""A page written with Flask, served below /api/v1/webview beside the job's calls."""

from typing import Dict, List

from flask import Flask, jsonify, redirect, render_template, request, url_for


class GuestBook:
    def __init__(self) -> None:
        self.guests: List[str] = []

    def perform(self, name: str) -> int:
        """
        Enter a guest.
        :return: How many guests there are.
        """
        self.guests.append(name)
        return len(self.guests)

    def webview_app(self, base_url: str) -> Flask:
        """The pages; every route begins with the address that the wrapper gives."""
        app = Flask(__name__)

        @app.get(base_url + "/")
        def index():
            return render_template("index.html", base_url=base_url, guests=self.guests)

        @app.post(base_url + "/hello")
        def hello():
            return jsonify({"hello": request.get_json()})

        @app.get(base_url + "/home")
        def home():
            return redirect(url_for("index"))

        @app.errorhandler(404)
        def not_found(_error):
            return "no such page: %s" % request.path, 404

        return app

    def docs_input_example(self) -> Dict:
        return {"name": "Ada"}
