"""Owns files on their way in and out of a job: what a caller has sent, and what a job answers with."""

import os
import stat


class UploadedFile:
    """A file that a caller has sent: `filename` as the caller calls it (never use it as a path), `content_type`, `size` in bytes,
    and whatever an open binary file has: `read`, `seek`, iteration by lines. It can be used until the call ends."""

    def __init__(self, file, filename, content_type, size):
        self.file = file
        self.filename = filename
        self.content_type = content_type
        self.size = size

    def save(self, path):
        """Writes all of it to a new file at `path`; raises FileExistsError when there is one."""
        from shutil import copyfileobj

        self.file.seek(0)
        with open(path, "xb") as target:
            copyfileobj(self.file, target, 1024 * 1024)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __iter__(self):
        return iter(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __repr__(self):
        return "<UploadedFile %r, %s, %d bytes>" % (self.filename, self.content_type, self.size)


class FileResult:
    """An answer that is a file. `content` is bytes, text, or an open binary file, which is sent piece by piece from where it stands.

    `name` is what browsers save it as; `media_type` follows from the name when it is not given; an `inline` file is shown
    rather than saved."""

    def __init__(self, content, name=None, media_type=None, inline=False):
        text = isinstance(content, str)
        self.content = content.encode() if text else content
        self.name = name
        self.media_type = media_type or _media_type(name) + ("; charset=utf-8" if text else "")
        self.inline = inline

    @classmethod
    def from_path(cls, path, name=None, media_type=None, inline=False):
        """A file on the disk, by default under its own name. It is opened at once, so it may be removed before it is sent.

        Raises OSError when it cannot be read, ValueError when it is a folder, a device or the like."""
        # Without blocking: a pipe that nobody writes to would hold the call for ever.
        file = open(path, "rb", opener=lambda file, flags: os.open(file, flags | os.O_NONBLOCK))
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise ValueError("%s is no regular file" % path)
        return cls(file, os.path.basename(os.fspath(path)) if name is None else name, media_type, inline)


def _media_type(name):
    from mimetypes import guess_type

    kind, encoding = guess_type(name or "")
    return "application/octet-stream" if kind is None or encoding else kind
