"""Owns the declaration of an auxiliary endpoint of the second form."""


class EndpointConfig:
    """One endpoint: its path, GET or POST, the function that answers, options for its documentation."""

    def __init__(self, path, method, handler, other_options=None):
        self.path = path
        self.method = method
        self.handler = handler
        self.other_options = {} if other_options is None else other_options

    def __eq__(self, other):
        return vars(self) == vars(other) if type(other) is EndpointConfig else NotImplemented

    __hash__ = None

    def __repr__(self):
        text = "EndpointConfig(path=%r, method=%r, handler=%r, other_options=%r)"
        return text % (self.path, self.method, self.handler, self.other_options)
