"""Owns the advice that goes with a failed start: what its author can do about it."""

import os
import sys

# Modules whose package goes by another name.
_PACKAGES = {
    "Crypto": "pycryptodome",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "github": "PyGithub",
    "googleapiclient": "google-api-python-client",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "mysql": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pythoncom": "pywin32",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "usb": "pyusb",
    "win32api": "pywin32",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}


def hint_for(error):
    """One or two sentences, or an empty text when nothing helpful is known."""
    if isinstance(error, ModuleNotFoundError):
        return _missing_module(error.name or "")
    if isinstance(error, ImportError) and "cannot import name" in str(error):
        return _missing_name(error)
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return _missing_file(error.filename)
    if isinstance(error, KeyError) and len(error.args) == 1 and _is_from_environ(error):
        return "Set the environment variable %s before the start." % error.args[0]
    if isinstance(error, SystemExit):
        return "A job must not end its process: raise an exception that says what is wrong."
    return ""


def _missing_module(name):
    top = name.partition(".")[0]
    if not top:
        return ""
    if top in sys.modules and name != top:
        return "The package %s is installed but has no module %s: check its version." % (top, name)
    if top in getattr(sys, "stdlib_module_names", ()):
        return "The standard library of this Python lacks %s: install it with the system's packages." % top
    if top in ("distutils", "imp", "asyncore", "asynchat", "cgi", "telnetlib"):
        version = "%d.%d" % sys.version_info[:2]
        return "%s is no part of Python %s any more: choose an older interpreter with --python." % (top, version)
    package = _PACKAGES.get(top, top)
    return (
        "Install the package: pip install %s; or name it in a requirements.txt next to the job and start with "
        "--install. If %s is a file of yours, start in the folder that holds it." % (package, top)
    )


def _missing_name(error):
    place = " (%s)" % error.path if getattr(error, "path", None) else ""
    return (
        "Check the spelling, the installed version of %s%s, and that no file of yours has the name of that module."
        % (error.name, place)
    )


def _missing_file(name):
    name = os.fspath(name) if hasattr(name, "__fspath__") else name
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if not isinstance(name, str) or os.path.isabs(name):
        return "The file %s does not exist on this machine." % name
    here = os.getcwd()
    return "Relative paths start at the working directory, %s: start there, or build the path from __file__." % here


def _is_from_environ(error):
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry is not None and entry.tb_frame.f_globals.get("__name__") == "os"
