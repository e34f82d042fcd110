"""Owns one call from frame to reply: decodes the input, calls the job's function, encodes what it returns or raises."""

import sys
from json.decoder import JSONDecoder
from json.scanner import make_scanner

from . import protocol
from .bodies import BodyLost, body_of
from .children import end_child
from .context import current_request, enter
from .encode import encode, is_stream, reply_of
from .failures import failure_of

# Results of these exact types need no closer look: they are no streams, no awaitables, no framework responses.
_PLAIN = frozenset((dict, list, str, int, float, bool, tuple, type(None)))
_MAX_ECHO = 64 * 1024
_MAX_EARLY = 1000

_scan = make_scanner(JSONDecoder())
_encode_frame = protocol.encode


class Unprocessable(Exception):
    """The input does not have the documented form; `errors` is the list that the caller receives."""

    def __init__(self, errors):
        super().__init__("unprocessable input")
        self.errors = errors


class CallRunner:
    """Runs calls in the thread that asks for it; coroutines on one event loop; streams in threads of their own."""

    def __init__(self, connection, spawn):
        self.send = connection.send
        self.spawn = spawn
        self.streams = {}  # call id -> what wants its `input`, `cancel` and `window` frames
        self._cancelled_early = set()  # call ids of `cancel` frames that came before anybody could be told
        self.ready = []  # streams that the thread that reads pumps further, the next one first
        self._loop = None
        self._flusher = None

    def run(self, endpoint, frame):
        """Runs one call; returns the reply to send, an ItemStream that has begun and is to be pumped further, or None when all
        else happens elsewhere."""
        id = frame.id
        enter(frame.meta, id)
        try:
            if endpoint.plan is None:
                value = endpoint.function(**self._arguments(endpoint, frame))
            else:
                value = self._call_planned(endpoint, frame)
            if type(value) in _PLAIN:
                return _encode_frame(protocol.RESULT, id, encode(value))
            reply = self._special(endpoint, id, value)
            return reply if reply is None or type(reply) is bytes else reply.begun()
        except BaseException as error:
            return failure_frame(id, error)

    def deliver(self, id, reply):
        """Sends the reply of a call in a thread that may wait; a stream is pumped to its end."""
        if type(reply) is bytes:
            self.send(reply)
        elif reply is not None:
            reply.run_to_end()
        if reply is not None and self._cancelled_early:
            self._cancelled_early.discard(id)

    def run_apart(self, endpoint, frame):
        """Runs one call in a thread of its own and sends the reply."""
        from .logs import finish_lines

        reply = self.run(endpoint, frame)
        finish_lines()
        self.deliver(frame.id, reply)

    def register(self, id, receiver):
        """From now on the frames of this call go to `receiver`; a `cancel` may have come already."""
        self.streams[id] = receiver
        if id in self._cancelled_early:
            self._cancelled_early.discard(id)
            receiver.cancel()

    def tell(self, frame):
        """Hands a frame to the running call it belongs to; calls that have ended no longer care."""
        receiver = self.streams.get(frame.id)
        if receiver is None:
            if frame.type != protocol.CANCEL:
                return
            # The call is about to register in another thread, or has ended: whoever comes second sees what the first has done.
            self._note_early(frame.id)
            receiver = self.streams.get(frame.id)
            if receiver is None:
                return
        if frame.type == protocol.WINDOW:
            receiver.window(int.from_bytes(frame.body, "little"))
        elif frame.type == protocol.CANCEL:
            receiver.cancel(frame.meta)
        else:
            receiver.input(frame)

    def _note_early(self, id):
        if len(self._cancelled_early) >= _MAX_EARLY:
            self._cancelled_early.clear()  # nearly all of these calls had ended
        self._cancelled_early.add(id)

    def loop(self):
        """The event loop for the job's coroutines, in a thread of its own."""
        if self._loop is None:
            from asyncio import new_event_loop

            self._loop = new_event_loop()
            self.spawn(self._loop.run_forever)
        return self._loop

    def flusher(self):
        if self._flusher is None:
            from .streams import Flusher

            self._flusher = Flusher(self.spawn)
        return self._flusher

    def _arguments(self, endpoint, frame):
        if not frame.flags:
            try:
                text = str(frame.body, "utf-8")
                payload, end = _scan(text, 0)
                if type(payload) is dict and end == len(text):
                    return payload
            except (StopIteration, ValueError, RecursionError):
                pass
        return self._unusual_arguments(endpoint, frame)

    def _unusual_arguments(self, endpoint, frame):
        """No body, a large one, white space around it, another encoding, no JSON: whatever the fast path does not take."""
        body = body_of(frame, current_request.get())
        if frame.flags & protocol.RAW and endpoint.takes_files:
            return endpoint.file_inputs().bind(body, current_request.get())
        payload, body = None, body.read()
        if body.strip():
            payload = body.decode("utf-8", "replace") if frame.flags & protocol.RAW else decode_json(body)
        if payload is None:
            return dict(endpoint.example or {})
        if type(payload) is not dict:
            echo = payload if len(body) <= _MAX_ECHO else None
            message = "Input should be a valid dictionary"
            raise Unprocessable([{"type": "dict_type", "loc": ["body"], "msg": message, "input": echo}])
        return payload

    def _call_planned(self, endpoint, frame):
        request = current_request.get()
        body = body_of(frame, request)
        arguments = endpoint.plan.bind(request.path_params, request.query, request.flat_headers, body, request=request)
        value = endpoint.function(**arguments)
        return value if hasattr(value, "__await__") else endpoint.plan.shape(value)

    def _special(self, endpoint, id, value):
        if hasattr(value, "__await__"):
            loop = self.loop()
            loop.call_soon_threadsafe(self._start_task, endpoint, id, value)
            return None
        if is_stream(value):
            return self._stream(id, value)
        reply = reply_of(value)
        if reply is not None:
            return self._reply(id, reply)
        return _encode_frame(protocol.RESULT, id, encode(value))

    def _start_task(self, endpoint, id, awaitable):
        task = self._loop.create_task(self._await(endpoint, id, awaitable))
        self.register(id, _Task(self._loop, task))
        task.add_done_callback(lambda _: self.streams.pop(id, None) if type(self.streams.get(id)) is _Task else None)

    async def _await(self, endpoint, id, awaitable):
        try:
            value = await awaitable
            if endpoint.plan is not None:
                value = endpoint.plan.shape(value)
            reply = self._special(endpoint, id, value)
        except BaseException as error:
            reply = failure_frame(id, error)
        if type(reply) is bytes:
            self.send(reply)
        elif reply is not None:
            self.spawn(reply.run_to_end)

    def _stream(self, id, items):
        from .streaming import start_stream

        return start_stream(self, id, items, current_request.get().headers.get("accept", ""))

    def _reply(self, id, reply):
        from .streaming import send_reply

        return send_reply(self, id, reply)


class _Task:
    """A coroutine's place among the running calls: it can be cancelled."""

    def __init__(self, loop, task):
        self._loop = loop
        self._task = task

    def cancel(self, meta=b""):
        self._loop.call_soon_threadsafe(self._task.cancel)

    def window(self, size):
        """An answer that is not streamed has no window."""

    def input(self, frame):
        """A call takes its whole input at once."""


def decode_json(body):
    """The decoded body; raises Unprocessable with the position for text that is no JSON, BadBody for the rest."""
    from json import JSONDecodeError, loads

    try:
        return loads(body)
    except JSONDecodeError as error:
        item = {"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error", "input": {}}
        raise Unprocessable([dict(item, ctx={"error": error.msg})]) from None
    except (ValueError, RecursionError):
        raise BadBody() from None


class BadBody(Exception):
    """The body cannot even be read: a wrong encoding, nested too deeply, a broken form. The message is for the caller."""

    def __init__(self, message="There was an error parsing the body"):
        super().__init__(message)


def failure_frame(id, error):
    """The `error` frame for whatever was raised."""
    end_child(error)
    return _encode_frame(protocol.ERROR, id, *_failure_parts(error))


def failure_meta(error, in_band=False):
    """The meta alone, for a stream that ends with an error; `in_band` when the stream itself has told the caller."""
    meta = _failure_parts(error)[1]
    return meta[:-1] + b', "inBand": true}' if in_band else meta


def _failure_parts(error):
    from json import dumps

    if isinstance(error, Unprocessable):
        meta = {"status": 422, "fault": "caller", "message": "", "counted": False}
        return encode({"detail": error.errors}), dumps(meta).encode()
    if isinstance(error, BadBody):
        meta = {"status": 400, "fault": "caller", "message": "", "counted": False}
        return encode({"detail": str(error)}), dumps(meta).encode()
    failure = failure_of(error, True)
    if isinstance(error, BodyLost):
        failure.fault = "platform"
    meta = {
        "status": failure.status,
        "fault": failure.fault,
        "message": failure.message,
        "cause": failure.cause,
        "traceback": failure.traceback,
        "counted": True,
    }
    if failure.headers:
        meta["headers"] = list(failure.headers)
    return failure.body, dumps(meta).encode()


def run_to_end(value):
    """Waits for a coroutine that a hook of the job returned; any other value is fine as it is."""
    if hasattr(value, "__await__"):
        asyncio = sys.modules.get("asyncio") or __import__("asyncio")

        async def wait():
            return await value

        return asyncio.run(wait())
    return value
