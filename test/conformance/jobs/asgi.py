"""An ASGI user interface, and nothing else."""


class View:
    def webview_app(self, base_url):
        async def app(scope, receive, send):
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
                text = "%s %s %s" % (scope["root_path"], scope["path"], base_url)
                await send({"type": "http.response.body", "body": text.encode()})

        return app
