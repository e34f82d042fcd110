"""A job that takes files and answers with files."""

import io

from racetrack_job_wrapper.files import FileResult, UploadedFile


class Exaggerating(io.BytesIO):
    """Says that it is larger than it is."""

    def seek(self, offset, whence=io.SEEK_SET):
        at = super().seek(offset, whence)
        return self.promised if whence == io.SEEK_END else at


class Files:
    def perform(self, file: UploadedFile, times: int = 1):
        return {"name": file.filename, "size": file.size, "first": file.read(4).decode(), "times": times}

    def download(self, size, name="a.bin", promised=None):
        content = Exaggerating(bytes(size))
        content.promised = size if promised is None else promised
        return FileResult(content, name)

    def auxiliary_endpoints(self):
        return {"/download": self.download}
