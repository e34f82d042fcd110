"""Owns what is known about one function of the job: how its arguments come about, and how long its calls take."""

_FRESH_AVERAGE = 0.2


class Endpoint:
    """A function of the job with what is needed to call it; its place in the list is its number on the wire."""

    __slots__ = ("function", "example", "plan", "takes_files", "_file_inputs", "average", "_turn", "_computing")

    def __init__(self, function, example=None, plan=None, takes_files=False):
        self.function = function
        self.example = example
        self.plan = plan  # how a v2 handler's arguments are bound; None: the body's members are the arguments
        self.takes_files = takes_files
        self._file_inputs = None
        self.average = 0.0  # seconds of a call
        self._computing = 0.0  # the part of them in which the thread computes, 0 to 1
        self._turn = 0

    def file_inputs(self):
        """How a body that is no JSON becomes the arguments."""
        if self._file_inputs is None:
            from .file_inputs import FileInputs

            self._file_inputs = FileInputs(self.function)
        return self._file_inputs

    def took(self, seconds):
        self.average += (seconds - self.average) * _FRESH_AVERAGE

    def computed(self, seconds, of):
        """Notes how much of a slow call was computing rather than waiting."""
        self._computing += (min(1.0, seconds / of) - self._computing) * _FRESH_AVERAGE

    @property
    def computes(self):
        return self._computing > 0.5

    def probe(self, every):
        """Whether it is time to see if a slow endpoint still is slow."""
        self._turn += 1
        return self._turn % every == 0
