"""Owns the behaviour of files: bodies that hold them, forms taken apart, and files as answers."""

import io
import json
import os
import sys
import tempfile
import tracemalloc
import typing
import unittest

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobtypes/python3/shim")
sys.path.insert(0, SHIM)
sys.path.insert(0, os.path.join(SHIM, "standins"))

from racetrack_job_wrapper.files import FileResult, UploadedFile
from racetrack_shim.bodies import Body, BodyLost, StoredBody, body_of
from racetrack_shim.calls import BadBody, Unprocessable
from racetrack_shim.context import Request
from racetrack_shim.file_inputs import FileInputs
from racetrack_shim.multipart import BrokenForm, Part, multipart_values
from racetrack_shim.protocol import Frame
from racetrack_shim.replies import reply_of
from racetrack_shim.schema import body_schema, holds_file


class WithBodies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, data, name="body"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def both(self, data):
        """The same body in memory and in a file that is gone already."""
        path = self.write(data)
        stored = StoredBody(path)
        os.unlink(path)
        self.addCleanup(stored._file.close)
        return (Body(data), stored)


class BodyTest(WithBodies):
    def test_reading_finding_and_viewing(self):
        data = bytes(range(256)) * 2000 + b"needle" + b"x" * 300_000 + b"needle"
        for body in self.both(data):
            self.assertEqual((body.size, body.read()), (len(data), data))
            self.assertEqual(body.read(256, 260), b"\0\1\2\3")
            first = body.find(b"needle", 0)
            self.assertEqual((first, body.find(b"needle", first + 1)), (512_000, len(data) - 6))
            self.assertEqual((body.find(b"no such thing", 0), body.find(b"needle", len(data))), (-1, -1))
            view = body.view(512_000, 512_006)
            self.assertEqual((view.read(3), view.tell(), view.read(), view.read()), (b"nee", 3, b"dle", b""))
            self.assertEqual((view.seek(-2, 2), view.read(), view.seek(1), view.read(2)), (4, b"le", 1, b"ee"))
            with self.assertRaises(ValueError):
                view.seek(-1)

    def test_a_needle_across_two_blocks(self):
        for before in range(128 * 1024 - 7, 128 * 1024 + 2):
            for body in self.both(b"." * before + b"needle" + b"." * 9):
                self.assertEqual(body.find(b"needle", 0), before)

    def test_a_file_that_is_gone(self):
        meta = json.dumps({"bodyFile": os.path.join(self.folder, "gone")}).encode()
        with self.assertRaisesRegex(BodyLost, "No such file"):
            body_of(Frame(1, 0, 0, 1, meta, b""), Request(meta))


def form(*sections, boundary="XX"):
    whole = b"".join(b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), *s) for s in sections)
    return whole + b"--" + boundary.encode() + b"--\r\n"


class FormTest(WithBodies):
    def parse(self, data, boundary=b"XX"):
        """The parts, the same from memory and from a file."""
        results = []
        for body in self.both(data):
            values = list(multipart_values(body, boundary))
            results.append([(n, (v.filename, v.content, v.size) if isinstance(v, Part) else v) for n, v in values])
        self.assertEqual(results[0], results[1])
        return results[0]

    def test_text_and_files(self):
        content = bytes(range(256)) + b"\r\n--XY\r\n--X"
        data = form((b'name="a"', b"\xc3\xa4"), (b'name="f"; filename="a.bin"', content), (b'name="e"; filename="e"', b""))
        self.assertEqual(self.parse(data), [("a", "ä"), ("f", ("a.bin", content, len(content))), ("e", ("e", b"", 0))])

    def test_what_only_begins_like_the_boundary_is_content(self):
        content = b"one\r\n--XXL\r\n--XX-two"
        self.assertEqual(self.parse(form((b'name="f"; filename="a"', content))), [("f", ("a", content, len(content)))])

    def test_text_before_and_behind_is_passed_over(self):
        self.assertEqual(self.parse(b"before\r\n" + form((b'name="a"', b"1")) + b"behind"), [("a", "1")])

    def test_a_file_name_is_never_a_path(self):
        for name, expected in ((b"../../x", "x"), (b"/etc/passwd", "passwd"), (rb"C:\\\\dir\\\\x.txt", "x.txt"), (b"..", "..")):
            self.assertEqual(self.parse(form((b'name="f"; filename="%s"' % name, b"")))[0][1][0], expected)

    def test_broken_forms(self):
        for data in (
            b"",
            b"--XX",
            b"--XX\r\n",
            b"--XX\r\nno head",
            b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
            b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
            form((b'name="a"', b"\xff")),
            form((b'name="a"; junk="%s"' % (b"x" * 70_000), b"1")),
            b"\r\n--XXx" * 5000,
            b"\0" * 1000,
        ):
            for body in self.both(data):
                with self.subTest(data=data[:60]), self.assertRaises(BrokenForm):
                    list(multipart_values(body, b"XX"))

    def test_a_million_parts_are_refused_after_a_thousand(self):
        data = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1_000_000
        for body in self.both(data):
            with self.assertRaisesRegex(BrokenForm, "Too many parts"):
                list(multipart_values(body, b"XX"))

    def test_a_long_text_is_refused(self):
        for body in self.both(form((b'name="a"', b"x" * 1_100_000))):
            with self.assertRaisesRegex(BrokenForm, "send it as a file"):
                list(multipart_values(body, b"XX"))

    def test_a_large_file_is_not_held_in_memory(self):
        body = self.both(form((b'name="f"; filename="a"', b"x" * 30_000_000)))[1]
        tracemalloc.start()
        try:
            ((_, part),) = multipart_values(body, b"XX")
            with part.open() as file:
                size = sum(len(piece) for piece in iter(lambda: file.read(65536), b""))
            self.assertEqual(size, 30_000_000)
            self.assertLess(tracemalloc.get_traced_memory()[1], 2_000_000)
        finally:
            tracemalloc.stop()


class FileInputTest(WithBodies):
    def bind(self, function, body, content_type="multipart/form-data; boundary=XX", query=""):
        meta = {"headers": ["Content-Type", content_type], "query": query}
        return FileInputs(function).bind(Body(body), Request(json.dumps(meta).encode()))

    def test_other_fields_are_what_json_would_have_given(self):
        def perform(data: bytes, n: int, x: float = 1, on: bool = False, tags: typing.List[int] = (), deep: dict = None, any=1):
            """Takes all kinds."""

        fields = [(b'name="%s"' % n, v) for n, v in ((b"n", b"3"), (b"x", b"0.5"), (b"on", b"true"), (b"any", b"[1]"))]
        fields += [(b'name="tags"', b"1"), (b'name="tags"', b"2"), (b'name="deep"', b'{"a":[1]}')]
        arguments = self.bind(perform, form((b'name="data"; filename="a"', b"\xff"), *fields))
        expected = {"data": b"\xff", "n": 3, "x": 0.5, "on": True, "tags": [1, 2], "deep": {"a": [1]}, "any": "[1]"}
        self.assertEqual(arguments, expected)

    def test_mistakes_are_told_together(self):
        def perform(data: bytes, n: int, deep: dict):
            """Takes a file."""

        with self.assertRaises(Unprocessable) as caught:
            self.bind(perform, form((b'name="n"', b"x"), (b'name="deep"', b"{")))
        found = [(error["type"], error["loc"]) for error in caught.exception.errors]
        places = [["body", "data"], ["body", "n"], ["body", "deep"]]
        self.assertEqual(found, list(zip(["missing", "int_parsing", "json_invalid"], places)))

    def test_a_file_where_text_belongs(self):
        def perform(data: bytes, note: str = ""):
            """Takes a file."""

        parts = ((b'name="data"; filename="a"', b"1"), (b'name="note"; filename="b"', b"2"))
        with self.assertRaises(Unprocessable) as caught:
            self.bind(perform, form(*parts))
        self.assertEqual(caught.exception.errors[0]["loc"], ["body", "note"])

    def test_kinds_of_files(self):
        def perform(a: UploadedFile, b: typing.BinaryIO, c: typing.Optional[bytes] = None, d: typing.List[UploadedFile] = ()):
            """Takes files."""

        sections = [(b'name="%s"; filename="%s.txt"' % (n, n), n * 3) for n in (b"a", b"b", b"c", b"d", b"d")]
        arguments = self.bind(perform, form(*sections))
        upload = arguments["a"]
        self.assertEqual((upload.filename, upload.size, upload.content_type), ("a.txt", 3, None))
        self.assertEqual((upload.read(1), list(upload), arguments["b"].read()), (b"a", [b"aa"], b"bbb"))
        self.assertEqual((arguments["c"], [one.read() for one in arguments["d"]]), (b"ccc", [b"ddd", b"ddd"]))
        upload.save(os.path.join(self.folder, "saved"))
        with open(os.path.join(self.folder, "saved"), "rb") as file:
            self.assertEqual(file.read(), b"aaa")
        with self.assertRaises(FileExistsError):
            upload.save(os.path.join(self.folder, "saved"))

    def test_the_whole_body_may_be_the_file(self):
        def perform(data: UploadedFile, n: int = 1):
            """Takes a file."""

        arguments = self.bind(perform, b"\0\1", "image/png", "n=5")
        upload = arguments["data"]
        self.assertEqual((upload.read(), upload.content_type, upload.filename), (b"\0\1", "image/png", None))
        self.assertEqual(arguments["n"], 5)
        self.assertEqual(self.bind(perform, b"", "image/png")["data"].read(), b"")
        with self.assertRaises(Unprocessable) as caught:
            self.bind(perform, b"x", "image/png", "n=x")
        self.assertEqual(caught.exception.errors[0]["loc"], ["query", "n"])

    def test_several_files_need_a_form(self):
        def perform(a: bytes, b: bytes):
            """Takes two files."""

        def collect(all: typing.List[bytes]):
            """Takes many files."""

        for function in (perform, collect):
            with self.assertRaises(Unprocessable):
                self.bind(function, b"x", "application/octet-stream")

    def test_broken_forms_are_the_callers_mistake(self):
        def perform(data: bytes):
            """Takes a file."""

        for content_type in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=YY"):
            with self.assertRaises(BadBody):
                self.bind(perform, form((b'name="data"; filename="a"', b"1")), content_type)

    def test_which_functions_take_files(self):
        for hint, expected in (
            (bytes, True),
            (typing.Optional[bytes], True),
            (typing.List[UploadedFile], True),
            (typing.Optional[typing.List[typing.BinaryIO]], True),
            (io.BytesIO, True),
            (str, False),
            (typing.Union[str, bytes], False),
            (typing.Dict[str, bytes], False),
            (typing.Any, False),
        ):

            def perform(value: hint):
                """Takes something."""

            with self.subTest(hint=hint):
                self.assertEqual(holds_file(body_schema(perform, {}, None)), expected)


class FileResultTest(WithBodies):
    def disposition(self, *arguments, **options):
        reply = reply_of(FileResult(b"x", *arguments, **options))
        return reply.headers[reply.headers.index("content-disposition") + 1]

    def test_bytes_and_text(self):
        reply = reply_of(FileResult(b"\xff", "a.png"))
        self.assertEqual((reply.status, reply.media_type, reply.body), (200, "image/png", b"\xff"))
        reply = reply_of(FileResult("ä", "a.csv"))
        self.assertEqual((reply.media_type, reply.body), ("text/csv; charset=utf-8", "ä".encode()))
        self.assertEqual(reply_of(FileResult(b"", "a.tar.gz")).media_type, "application/octet-stream")
        self.assertEqual(reply_of(FileResult(b"", media_type="model/x")).media_type, "model/x")

    def test_names(self):
        self.assertEqual(self.disposition(), "attachment")
        self.assertEqual(self.disposition("a b.txt"), 'attachment; filename="a b.txt"')
        self.assertEqual(self.disposition("a.txt", inline=True), 'inline; filename="a.txt"')
        self.assertEqual(self.disposition("ä.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A4.txt")
        self.assertEqual(self.disposition('a"\\%41'), "attachment; filename=\"_41\"; filename*=UTF-8''%2541")
        self.assertEqual(self.disposition("../../x"), 'attachment; filename="x"')

    def test_a_name_cannot_bring_in_a_header(self):
        for name in ("a\r\nSet-Cookie: b=1", 'a"; filename="b', "a\0\x7f\x80\u2028\ud800b"):
            value = self.disposition(name)
            self.assertRegex(value, r"^attachment; filename=\"[ !#$&-~]*\"(; filename\*=UTF-8''[!-~]*)?$")

    def test_a_file_on_the_disk(self):
        path = self.write(b"content", "a.csv")
        result = FileResult.from_path(path)
        os.unlink(path)
        reply = reply_of(result)
        self.assertEqual((reply.media_type, reply.body), ("text/csv", b"content"))
        self.assertEqual(reply.headers[2:], ["content-length", "7"])

    def test_a_large_file_comes_in_pieces(self):
        reply = reply_of(FileResult.from_path(self.write(b"x" * 3_000_000, "a"), "b.bin"))
        pieces = list(reply.body)
        self.assertEqual((len(b"".join(pieces)), max(map(len, pieces))), (3_000_000, 65536))
        self.assertEqual(reply.headers, ["content-disposition", 'attachment; filename="b.bin"', "content-length", "3000000"])

    def test_an_open_file_is_sent_from_where_it_stands(self):
        file = io.BytesIO(b"0123456789")
        file.seek(4)
        reply = reply_of(FileResult(file))
        self.assertEqual((reply.body, reply.headers[2:]), (b"456789", ["content-length", "6"]))

    def test_what_is_no_file(self):
        fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(fifo)
        for path, kind in ((self.folder, IsADirectoryError), (fifo, ValueError), ("/dev/zero", ValueError), ("gone", OSError)):
            with self.subTest(path=path), self.assertRaises(kind):
                FileResult.from_path(path)


if __name__ == "__main__":
    unittest.main()
