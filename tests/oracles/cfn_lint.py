"""cfn-lint must find no error in any document the compiler writes. Usage: cfn_lint.py SAMC"""
import json
import pathlib
import subprocess
import sys
import tempfile

from common import cases, examples, finish, with_locations


def main():
    samc, failures, documents = sys.argv[1], [], {}
    with tempfile.TemporaryDirectory() as folder:
        for case in [*cases("app", "sam", "cloudformation", "serverless"), *examples()]:
            if not case.succeeds:
                continue
            # A case that turns our own checks off holds what CloudFormation refuses.
            if case.settings.get("lint") is False:
                continue
            try:
                document = with_locations(case.build(samc))
            except RuntimeError as problem:
                failures.append((case.name, str(problem)))
                continue
            path = pathlib.Path(folder, f"{case.name.replace('/', '--')}.json")
            path.write_text(json.dumps(document, indent=2))
            documents.setdefault(case.region, {})[str(path)] = case.name
            # The SAM template that an application means is what `sam validate --lint` asks cfn-lint about.
            if case.input.name == "app.yaml" and "\noverrides:" not in case.input.read_text():
                path = path.with_suffix(".sam.json")
                path.write_text(json.dumps(case.build(samc, target="sam"), indent=2))
                documents[case.region][str(path)] = f"{case.name} as SAM"
        passed = 0
        for region, paths in documents.items():
            command = [pathlib.Path(sys.executable).with_name("cfn-lint"), "--format", "json", "--regions", region, "--ignore-checks", "W", "I", "--"]
            done = subprocess.run([*command, *paths], capture_output=True, text=True)
            try:
                found = json.loads(done.stdout or "[]")
            except ValueError:
                found, failures = [], [*failures, ("cfn-lint", done.stdout[-500:] + done.stderr[-500:])]
            bad = {}
            for finding in found:
                where = "/".join(str(p) for p in finding["Location"].get("Path") or [])
                line = f"  {finding['Rule']['Id']} {where}: {finding['Message']}"
                bad.setdefault(finding["Filename"], []).append(line)
            failures += [(paths[path], "\n".join(lines)) for path, lines in sorted(bad.items())]
            passed += len(paths) - len(bad)
    finish("cfn_lint", passed, failures)


main()
