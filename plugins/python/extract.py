"""Owns reading what a Python plugin says about itself: its hooks, its job types and its page, as JSON on file descriptor 3."""

import importlib.util
import json
import os
import resource
import sys
from pathlib import Path
from types import SimpleNamespace

_HOOKS = (
    "infrastructure_targets",
    "validate_job_manifest",
    "job_runtime_env_vars",
    "post_job_deploy",
    "post_job_delete",
    "run_action",
)


def main(folder, seconds, megabytes):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    manifest = json.load(sys.stdin)
    try:
        answer = json.dumps(_extract(Path(folder), manifest))
    except BaseException as error:
        answer = json.dumps({"failure": "%s: %s" % (type(error).__name__, error) + _place(error, folder)})
    with os.fdopen(3, "w", encoding="utf-8") as out:
        out.write(answer)


def _extract(folder, manifest):
    plugin_class = _load(folder)
    plugin_class.plugin_manifest = SimpleNamespace(**manifest)
    plugin_class.plugin_dir = folder
    plugin_class.config_path = folder / "config.yaml"
    plugin = plugin_class()
    types = plugin.job_types() if hasattr(plugin, "job_types") else {}
    docs = plugin.markdown_docs() if hasattr(plugin, "markdown_docs") else None
    return {
        "hooks": [hook for hook in _HOOKS if hasattr(plugin, hook)],
        "docs": docs,
        "types": {str(name): _plain(value, folder) for name, value in (types or {}).items()},
    }


def _load(folder):
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("plugin", str(folder / "plugin.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Plugin


def _plain(value, folder):
    """Paths as seen from the plugin; pairs of a base image and a template are told apart from lists."""
    if isinstance(value, Path):
        return os.path.relpath(str(value), str(folder)) if value.is_absolute() else value.as_posix()
    if isinstance(value, tuple):
        return {"base": [_plain(item, folder) for item in value]}
    if isinstance(value, list):
        return [_plain(item, folder) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item, folder) for key, item in value.items()}
    return value


def _place(error, folder):
    """The last line of the plugin's own code that the error went through."""
    found = ""
    if isinstance(error, SyntaxError) and error.filename:
        return " (%s:%s)" % (os.path.basename(error.filename), error.lineno)
    step = error.__traceback__
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        if path.startswith(str(folder)):
            found = " (%s:%d)" % (os.path.relpath(path, str(folder)), step.tb_lineno)
        step = step.tb_next
    return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
