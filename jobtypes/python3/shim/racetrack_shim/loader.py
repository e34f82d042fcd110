"""Owns finding the job's class: imports the entrypoint file and picks the class to serve."""

import os
import sys

# What importlib.util offers under these names, without what it imports itself: a start waits for this.
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import spec_from_file_location

MODULE_NAME = "racetrack_job"


def import_entrypoint(path):
    """Imports the job's file as module `racetrack_job`; the job's folders come last on the import path."""
    if not os.path.isfile(path):
        raise FileNotFoundError("%s file not found" % path)
    packages = os.environ.get("VENV_PACKAGES_PATH")
    if packages and os.path.isdir(packages):
        sys.path.insert(1, packages)
    for folder in (os.getcwd(), os.path.dirname(os.path.abspath(path))):
        if folder not in sys.path:
            sys.path.append(folder)
    spec = spec_from_file_location(MODULE_NAME, path)
    if spec is None:
        raise ImportError("%s is not a Python file" % path)
    module = module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    return module


def find_class(module, name):
    """The class called `name`, or the only class that the module itself defines."""
    classes = {
        attribute: value
        for attribute, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == MODULE_NAME
    }
    if name:
        if name not in classes:
            raise RuntimeError("class name %s was not found" % name)
        return classes[name]
    if not classes:
        raise RuntimeError("no class has been found in module")
    if len(classes) > 1:
        raise RuntimeError("multiple classes found in a module, the name should be set explicitly.")
    return next(iter(classes.values()))
