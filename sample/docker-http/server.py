"""A web server of its own: nothing here knows that it runs behind Racetrack."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self) -> None:
        if self.path == '/ready':
            self.answer(200, {'ready': True})
        elif self.path == '/greeting':
            self.answer(200, {'greeting': os.environ.get('GREETING', 'hello')})
        else:
            self.answer(404, {'error': f'there is nothing at {self.path}'})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        if self.path != '/perform':
            self.answer(404, {'error': f'there is nothing at {self.path}'})
            return
        try:
            numbers = json.loads(body)['numbers']
            self.answer(200, sum(numbers))
        except (ValueError, KeyError, TypeError) as error:
            self.answer(400, {'error': f'{type(error).__name__}: {error}'})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The service logs requests already."""


port = int(os.environ.get('PORT', '7001'))
print(f'listening on port {port}', flush=True)
ThreadingHTTPServer(('', port), Handler).serve_forever()
