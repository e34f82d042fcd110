"""Owns the optional base class of jobs."""


class _Default:
    """A method that a job may override, present only for `super()`.

    To everyone else it is absent unless the job defines it: a job that declares only `auxiliary_endpoints_v2`
    gets them, and `hasattr` tells what a job really offers."""

    def __init__(self, function):
        self._function = function
        self._name = function.__name__

    def __set_name__(self, owner, name):
        self._owner = owner

    def __get__(self, instance, owner=None):
        owner = owner or type(instance)
        # Someone below overrides the method, so only `super()` gets here.
        if owner is self._owner or self._is_overridden(owner):
            return self._function.__get__(instance, owner) if instance is not None else self._function
        raise AttributeError("%s has no method '%s'" % (owner.__name__, self._name))

    def _is_overridden(self, owner):
        for base in owner.__mro__:
            if base is self._owner:
                return False
            if self._name in vars(base):
                return True
        return False


class JobEntrypoint:
    """What a job may define; none of it has to be, and deriving from this class is optional."""

    @_Default
    def perform(self, **kwargs):
        """Call the job's main action."""
        raise NotImplementedError("the job does not define 'perform'")

    @_Default
    def docs_input_example(self):
        """Example of the input of `perform`."""
        return {}

    @_Default
    def docs_input_examples(self):
        """Examples of the input by endpoint path."""
        return {}

    @_Default
    def auxiliary_endpoints(self):
        """Further endpoints: path → function."""
        return {}

    @_Default
    def auxiliary_endpoints_v2(self):
        """Further endpoints as a list of EndpointConfig."""
        return []

    @_Default
    def static_endpoints(self):
        """Files to serve: path → file, (file, media type) or folder."""
        return {}

    @_Default
    def webview_app(self, base_url):
        """A WSGI or ASGI application with the job's own pages."""
        return None

    @_Default
    def metrics(self):
        """The job's own metrics as a list of dicts."""
        return []
