"""What samc writes as Terraform must hold for Terraform and its provider. Usage: terraform.py SAMC

All cases and examples at once, since it is the start of the provider that takes time: `terraform fmt -check`
leaves every file as it is, and `terraform validate` finds no error with each of them a module of one root.
Then some examples are applied to a mock of AWS, and a plan right after that must have nothing to do:
what the provider reads back is what the compiler has written.

The provider comes from a mirror (TF_PLUGIN_DIR, or one near the top of the file system). Without it, or without
Terraform, nothing is checked.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from common import cases, clients, examples, finish, serve
from tf import Module, needed

# Each queue is waited for about 25 s by the provider, one after another along what they name. Of each chain
# of queues these have one; they wait at the same time.
APPLIED = ("hello", "word-count", "thumbs", "night-off", "clickstream")
# In all, for what is applied.
DEADLINE = 240
# A module is given these for variables that have no default.
SAMPLES = {"number": "1", "bool": "true", "list": '["a"]', "set": '["a"]', "map": "{}"}


def build(case, samc, folder):
    """The module of a case in a folder, and what the compiler says where it has none."""
    out = folder.with_suffix(".build")
    more = ["--out-dir", str(out), *([] if is_example(case) else ["--no-package"])]
    done = case.run(samc, *more, target="terraform")
    if done.returncode != 0:
        return done.stderr
    (out / "terraform").rename(folder)
    # A module has the provider of its root.
    (folder / "providers.tf").unlink()
    # What a case gives its parameters, for those without a default.
    (folder / "given.json").write_text(json.dumps({snake(key): value for key, value in case.params.items()}))
    return None


def snake(name):
    """A name as variables have it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def is_example(case):
    return case.folder.parent.name == "examples"


def variables(folder):
    """The variables of a module that have no default, each with a value."""
    text = (folder / "variables.tf").read_text() if (folder / "variables.tf").exists() else ""
    for name, body in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S):
        if not re.search(r"^  default ", body, re.M):
            kind = re.search(r"^  type += (\w+)", body, re.M)
            known = json.loads((folder / "given.json").read_text())
            kind = kind and kind[1]
            if name not in known:
                yield name, SAMPLES.get(kind, '"a"')
            else:
                # CloudFormation takes a list as text with commas.
                value = known[name].split(",") if kind in ("list", "set") else known[name]
                yield name, json.dumps(value)


def root(folder, modules):
    """Writes a root that uses modules, by name the arguments of each beside its variables."""
    text = ['provider "aws" {\n  region = "us-east-1"\n}\n']
    for name, arguments in modules.items():
        given = {**dict(variables(folder / name)), **arguments}
        lines = "".join(f"  {key} = {value}\n" for key, value in given.items())
        text.append(f'module "{name}" {{\n  source = "./{name}"\n{lines}}}\n')
    (folder / "main.tf").write_text("\n".join(text))


def valid(module, names):
    """Validates modules under one root; the faults of each."""
    root(module.folder, {name: {} for name in names})
    found = {}
    said = module.init(check=False)
    if said:
        # What cannot be parsed stops the rest as well.
        for name in names:
            lines = [line for line in said.splitlines() if re.search(rf"\b{name}\b", line)]
            found |= {name: lines} if lines else {}
        return found or {"root": [said]}
    for finding in json.loads(module.run("validate", "-json", check=False).stdout)["diagnostics"]:
        if finding["severity"] == "error":
            place = finding.get("range") or {}
            name = place.get("filename", "root").split("/")[0]
            line = f"  {place.get('filename')}:{place.get('start', {}).get('line')} {finding['summary']}: {finding.get('detail', '')}"
            found.setdefault(name, []).append(line)
    return found


def same(before, after):
    """Whether two values are one to AWS, which keeps documents as values and not as text."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, str) and isinstance(after, str) and before[:1] in "{[" and after[:1] in "{[":
        try:
            return json.loads(before) == json.loads(after)
        except ValueError:
            pass
    return before == after


def changes(module):
    """What a plan would do, by module."""
    found = {}
    done = module.run("plan", "-detailed-exitcode", "-out=again", "-input=false", "-no-color", check=False)
    if done.returncode == 0:
        return found
    if done.returncode != 2:
        return {"root": [done.stdout[-2000:] + done.stderr[-2000:]]}
    for resource in json.loads(module.run("show", "-json", "again").stdout)["resource_changes"]:
        change = resource["change"]
        before, after, unknown = (change.get(key) or {} for key in ("before", "after", "after_unknown"))
        keys = [k for k in {**before, **after, **unknown} if unknown.get(k) or not same(before.get(k), after.get(k))]
        if change["actions"] != ["no-op"] and keys:
            name = resource["module_address"].removeprefix("module.")
            lines = [f"    {k}: {before.get(k)!r} -> {after.get(k)!r}" for k in keys]
            found.setdefault(name, []).append("\n".join([f"  {'/'.join(change['actions'])} {resource['address']}", *lines]))
    return found


def apply(samc, folder, plugins):
    """Applies examples to a mock; the names of those that hold, and the faults of the others."""
    modules, failures = {}, []
    for case in examples():
        name = case.folder.name
        if name in APPLIED:
            fault = build(case, samc, folder / name)
            failures += [(name, fault)] if fault else []
            modules |= {} if fault else {name: {"stack_name": f'"{name}"'}}
    root(folder, modules)
    server, address = serve(pathlib.Path(__file__).with_name("mock_aws.py"))
    try:
        env = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "mock",
            "AWS_SECRET_ACCESS_KEY": "mock",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # What the mock does not know it will not know the next time either.
            "AWS_MAX_ATTEMPTS": "3",
        }
        assert clients(address)("sts").get_caller_identity()["Account"]
        module = Module(folder, plugins, env)
        module.init()
        try:
            done = module.run(
                "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=30", check=False, timeout=DEADLINE
            )
        except subprocess.TimeoutExpired as late:
            return [], [("apply", f"not done after {DEADLINE} s\n{(late.stdout or b'').decode()[-2000:]}")]
        if done.returncode != 0:
            return [], [("apply", done.stderr[-3000:] or done.stdout[-3000:])]
        found = changes(module)
    finally:
        server.kill()
    failures += [(f"{name}, planned again", "\n".join(lines)) for name, lines in found.items()]
    return [name for name in modules if name not in found and "root" not in found], failures


def main():
    samc, started = sys.argv[1], time.monotonic()
    plugins = needed("terraform")
    failures, refused, modules = [], 0, {}
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "all")
        folder.mkdir()
        for case in [*cases("app", "sam", "cloudformation", "serverless"), *examples()]:
            if not case.succeeds or case.settings.get("lint") is False:
                continue
            name = re.sub(r"\W+", "-", case.name)
            said = build(case, samc, folder / name)
            if said is None:
                modules[name] = case.name
            elif re.search(r"error\[(E72\d|C2\d\d)\]", said):
                # Terraform has no word for it, or CloudFormation would refuse it as well.
                refused += 1
            else:
                failures.append((case.name, said))
        module = Module(folder, plugins)
        said = module.run("fmt", "-check", "-recursive", "-list=true", check=False)
        unlike = {line.split("/")[0] for line in said.stdout.splitlines()} & set(modules)
        failures += [(modules[name], "  `terraform fmt` would lay it out in another way") for name in sorted(unlike)]
        # 3 is the status where something would be laid out in another way; warnings alone are no fault.
        failures += [("terraform fmt", said.stderr)] if said.returncode not in (0, 3) else []
        found = valid(module, modules)
        failures += [(modules.get(name, name), "\n".join(lines)) for name, lines in sorted(found.items())]
        passed = len(modules) - len(unlike | set(found))
        folder = pathlib.Path(place, "applied")
        folder.mkdir()
        applied, more = apply(samc, folder, plugins)
    note = f"; {refused} refused with a finding; applied, with nothing left to do: {', '.join(applied) or 'none'}"
    finish("terraform", passed + len(applied), failures + more, f"{note}; {time.monotonic() - started:.0f} s")


main()
