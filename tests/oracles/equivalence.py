"""What samc writes as Terraform deploys what its CloudFormation deploys. Usage: equivalence.py SAMC CHECKER

Examples are built both ways, and CHECKER (`check-equivalence TEMPLATE FOLDER`) deploys each side to a mock of its own,
compares what is there then, and plans the Terraform once more, which must have nothing to do.

Its mock is moto, which forgets part of what it is told; it is started here with the gaps of `mock_aws.py` filled.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

from common import examples, finish
from tf import needed

# Those that the mock keeps whole: buckets with policies, streams of tables and buses of their own come back from it
# under names that the checker takes for others, and what goes through Cloud Control is not among its functions.
EQUAL = ("hello", "night-off", "clickstream")
DEADLINE = 500
# Of what the checker cannot deploy nothing is compared either.
OPTIONS = ("--skip-unsupported", "--timeout", str(DEADLINE - 100))
# Python reads this at its start, in the folder that PYTHONPATH names.
GAPS = """import sys
if any(argument.endswith("mock_server.py") for argument in sys.orig_argv):
    sys.path.insert(0, {folder!r})
    import mock_aws
"""


def compare(samc, checker, case, folder):
    """The last line of the checker for an example, and whether both sides are equal."""
    out = folder / case.folder.name
    for target in ("cloudformation", "terraform"):
        done = case.run(samc, "--format", "json", "--no-lint", "--no-build", "--out-dir", str(out), target=target)
        if done.returncode != 0:
            return False, done.stderr
    command = [sys.executable, checker, out / "cloudformation" / "template.json", out / "terraform", *OPTIONS]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        return False, f"not done after {DEADLINE} s"
    return done.returncode == 0, done.stdout + done.stderr


def main():
    samc, checker = sys.argv[1:3]
    needed("equivalence")
    chosen = [case for case in examples() if case.folder.name in EQUAL]
    with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(place)
        (folder / "sitecustomize.py").write_text(GAPS.format(folder=str(pathlib.Path(__file__).resolve().parent)))
        said = list(pool.map(lambda case: compare(samc, checker, case, folder), chosen))
    for case, (_, text) in zip(chosen, said):
        print(f"{case.name}: {text.strip().splitlines()[-1] if text.strip() else 'nothing said'}")
    failures = [(case.name, text) for case, (is_equal, text) in zip(chosen, said) if not is_equal]
    finish("equivalence", len(chosen) - len(failures), failures)


main()
