"""Stands in for the modules of TheRacetrack's client that jobs import; the others come from the installed client."""

import os
import sys


def beside(package_path, package_name):
    """The stand-in's folder, then those of an installed package of the same name."""
    folders = [os.path.join(entry, *package_name.split(".")) for entry in sys.path]
    return package_path + [folder for folder in folders if folder not in package_path and os.path.isdir(folder)]


__path__ = beside(__path__, __name__)
