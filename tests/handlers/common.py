"""Loads a handler of an example by the folder and file it lies in, with stand-ins for what Lambda brings."""
import importlib.util
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
sys.path.insert(0, str(HERE / "stand-ins"))
sys.dont_write_bytecode = True


def load(path, **environment):
    """The module at `path` below examples/, imported with these environment variables."""
    os.environ.update(environment)
    file = EXAMPLES / path
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
