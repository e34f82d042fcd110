"""Owns the tests of the light signatures: they say what `inspect` says."""

import inspect
import unittest

import shim_path  # noqa: F401
from racetrack_shim.signature import Signature, signature_of


def plain(a, b=1, *args, c, d: int = 2, **kw) -> str:
    return ""


def keywords(*, only=None):
    return only


def nothing():
    return None


class Holder:
    def method(self, x: float, y="z"):
        return x

    def swallowing(*args):
        return args

    @classmethod
    def of_class(cls, a):
        return a

    @staticmethod
    def static(a, b):
        return a


POSITIONAL = {}
exec("def positional(a, b=2, /, c=3): pass", POSITIONAL)
HOLDER = Holder()
FUNCTIONS = (plain, keywords, nothing, POSITIONAL["positional"], lambda a, *b: a)
METHODS = (HOLDER.method, HOLDER.swallowing, Holder.of_class, Holder.static, Holder.method)


class SignatureTest(unittest.TestCase):
    def test_says_what_inspect_says(self):
        for function in FUNCTIONS + METHODS:
            with self.subTest(function):
                ours, theirs = signature_of(function), inspect.signature(function)
                self.assertEqual(rows(ours), rows(theirs))
                self.assertEqual(shown(ours, ours.return_annotation), shown(theirs, theirs.return_annotation))

    def test_leaves_what_is_no_plain_function_to_inspect(self):
        import functools

        @functools.wraps(plain)
        def wrapper(*args, **kw):
            return plain(*args, **kw)

        for function in (wrapper, functools.partial(plain, 1), Holder):
            with self.subTest(function):
                self.assertNotIsInstance(signature_of(function), Signature)
                self.assertEqual(rows(signature_of(function)), rows(inspect.signature(function)))


def rows(signature):
    return [
        (name, int(parameter.kind), shown(signature, parameter.default), shown(signature, parameter.annotation))
        for name, parameter in signature.parameters.items()
    ]


def shown(signature, value):
    return "nothing" if value is signature.empty else value


if __name__ == "__main__":
    unittest.main()
