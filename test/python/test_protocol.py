"""The golden transcripts and the fuzz of the protocol, replayed by the Python side."""

import base64
import glob
import json
import os
import random
import struct
import unittest

import shim_path  # noqa: F401
from racetrack_shim import protocol

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol", "golden")
ROUNDS = 200
# A failure names its seed; put it here to see it again.
SEED = int(os.environ.get("PROTOCOL_SEED") or random.randrange(1 << 32))


class GoldenTest(unittest.TestCase):
    def test_every_type_is_shown(self):
        shown = {type_of(frame) for _, frames in transcripts() for frame in frames}
        self.assertEqual(shown, set(protocol._KNOWN))

    def test_words_are_encoded_to_exactly_their_bytes(self):
        for name, frames in transcripts():
            for at, frame in enumerate(frames):
                with self.subTest(transcript=name, frame=at):
                    self.assertEqual(encode_golden(frame).hex(), bytes_of(frame).hex())

    def test_bytes_are_decoded_to_exactly_their_words_in_any_chunks(self):
        rng = random.Random(SEED)
        for name, frames in transcripts():
            stream = b"".join(map(bytes_of, frames))
            expected = [words_of(frame) for frame in frames]
            cuts = [[stream], [stream[at : at + 1] for at in range(len(stream))]]
            cuts += [cut(stream, rng) for _ in range(30)]
            for chunks in cuts:
                with self.subTest(transcript=name, seed=SEED):
                    decoder = protocol.Decoder()
                    self.assertEqual([parts(frame) for frame in feed(decoder, chunks)], expected)
                    self.assertFalse(decoder.pending)


class FuzzTest(unittest.TestCase):
    def test_frames_survive_any_chunking(self):
        for rng, seed in rounds():
            frames = [any_frame(rng) for _ in range(rng.randrange(8))]
            decoder = protocol.Decoder()
            seen = feed(decoder, cut(b"".join(map(encode, frames)), rng))
            self.assertEqual([parts(frame) for frame in seen], frames, seed)
            self.assertFalse(decoder.pending, seed)

    def test_a_truncated_frame_stays_pending(self):
        for rng, seed in rounds():
            whole, torn = any_frame(rng), any_frame(rng)
            data = encode(torn)
            kept = rng.randrange(1, len(data))
            decoder = protocol.Decoder()
            seen = feed(decoder, cut(encode(whole) + data[:kept], rng))
            self.assertEqual([parts(frame) for frame in seen], [whole], seed)
            self.assertTrue(decoder.pending, seed)
            self.assertEqual([parts(frame) for frame in decoder.feed(data[kept:])], [torn], seed)
            self.assertFalse(decoder.pending, seed)

    def test_garbage_gives_frames_or_a_lasting_protocol_error(self):
        refused = 0
        for rng, seed in rounds():
            decoder = protocol.Decoder()
            error = None
            for chunk in cut(garbage(rng), rng):
                try:
                    decoder.feed(chunk)
                except protocol.ProtocolError as caught:
                    error = caught
                    break
            if error is None:
                continue
            refused += 1
            self.assertFalse(decoder.pending, seed)
            for more in (b"", encode(any_frame(rng)), bytes(100)):
                with self.assertRaises(protocol.ProtocolError, msg=seed) as again:
                    decoder.feed(more)
                self.assertIs(again.exception, error, seed)
        self.assertGreater(refused, 0)

    def test_lengths_over_the_limits_are_refused_with_the_header(self):
        cases = [
            (header(body=0x80000000), {}, "a body of 2147483648 bytes is over the limit"),
            (header(body=0xFFFFFFFF), {}, "a body of 4294967295 bytes is over the limit"),
            (header(meta=4 * 1024 * 1024 + 1), {}, "a meta of 4194305 bytes is over the limit"),
            (header(body=11), {"max_body": 10}, "a body of 11 bytes is over the limit"),
            (header(meta=6), {"max_meta": 5}, "a meta of 6 bytes is over the limit"),
            (header(type=0), {}, "unknown frame type 0"),
            (header(type=10), {}, "unknown frame type 10"),
            (header(type=78), {}, "unknown frame type 78"),
        ]
        for data, limits, message in cases:
            with self.subTest(message):
                decoder = protocol.Decoder(**limits)
                self.assertEqual(decoder.feed(data[:15]), [])
                with self.assertRaisesRegex(protocol.ProtocolError, message):
                    decoder.feed(data[15:])

    def test_lengths_at_the_limits_are_taken(self):
        decoder = protocol.Decoder(max_body=10, max_meta=5)
        self.assertEqual(len(decoder.feed(header(body=10, meta=5) + bytes(15))), 1)

    def test_an_announced_body_costs_no_memory(self):
        import tracemalloc

        tracemalloc.start()
        try:
            decoder = protocol.Decoder()
            decoder.feed(header(body=protocol.MAX_BODY))
            self.assertTrue(decoder.pending)
            self.assertLess(tracemalloc.get_traced_memory()[1], 1024 * 1024)
        finally:
            tracemalloc.stop()


def transcripts():
    for path in sorted(glob.glob(os.path.join(GOLDEN, "*.json"))):
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(path), json.load(file)["frames"]


def bytes_of(frame):
    return bytes.fromhex(frame["hex"])


def type_of(frame):
    return getattr(protocol, frame["type"].upper())


def words_of(frame):
    """Type, flags, endpoint, id, meta and body of a described frame."""
    flags = sum(getattr(protocol, name.upper()) for name in frame["flags"])
    meta = json.dumps(frame["meta"], separators=(",", ":"), ensure_ascii=False).encode() if "meta" in frame else b""
    given = frame.get("body", {"text": ""})
    body = given["text"].encode() if "text" in given else base64.b64decode(given["base64"])
    return type_of(frame), flags, frame["endpoint"], frame["id"], meta, body


def encode_golden(frame):
    return encode(words_of(frame))


def encode(words):
    type, flags, endpoint, id, meta, body = words
    return protocol.encode(type, id, body, meta, endpoint, flags)


def parts(frame):
    return frame.type, frame.flags, frame.endpoint, frame.id, bytes(frame.meta), bytes(frame.body)


def feed(decoder, chunks):
    return [frame for chunk in chunks for frame in decoder.feed(chunk)]


def cut(data, rng):
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(12)))
    return [data[start:end] for start, end in zip([0] + places, places + [len(data)])]


def rounds():
    for number in range(ROUNDS):
        seed = SEED + number
        yield random.Random(seed), "seed %d" % seed


def any_bytes(rng, longest):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(longest)))


def any_frame(rng):
    type = rng.choice(sorted(protocol._KNOWN))
    body = any_bytes(rng, rng.choice((1, 64, 64, 64, 3000)))
    return type, rng.randrange(256), rng.randrange(1 << 16), rng.randrange(1 << 32), any_bytes(rng, rng.choice((1, 60))), body


def garbage(rng):
    """Every second time mostly small numbers, so that many lengths are within the limits."""
    if rng.random() < 0.5:
        return any_bytes(rng, 400)
    return bytes(rng.choice((0, 0, 0, 1, 2, 5, 68, rng.randrange(256))) for _ in range(rng.randrange(400)))


def header(body=0, meta=0, type=1):
    return struct.pack("<IIIHBB", body, 0, meta, 0, type, 0)


if __name__ == "__main__":
    unittest.main()
