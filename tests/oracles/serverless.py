"""What becomes of a serverless.yml is what the Serverless Framework makes of it. Usage: serverless.py SAMC

Every case and example that compiles is packaged by osls, the open fork of version 3 of the Framework, in a copy beside stand-ins for
its handlers, without a network, and both templates are compared: the resources with their logical ids and attributes, and the outputs.
Left out of it is what comes from the time or from the archive: places in the bucket, digests of code, and the ends of the logical
ids of versions and deployments. osls and its packages lie under target/oracles.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from common import ROOT, cases, examples, finish

PACKAGE = "osls@3.77.1"
MODULES = ROOT / "target" / "oracles" / "osls"
# The ends of ids that are digests, or random where the Framework has it so.
ENDS = [
    (re.compile(r"(LambdaVersion)[0-9A-Za-z]{20,}"), r"\1"),
    (re.compile(r"^(ApiGatewayDeployment)\w+$"), r"\1"),
    (re.compile(r"^(WebsocketsDeployment)(?!Stage)\w+$"), r"\1"),
]
LEFT_OUT = ("S3Key", "CodeSha256", "ForceDeploy")
# The role with which API Gateway writes logs is set by a function of the Framework there, and by resources here.
LOGS = re.compile(r"^(ApiGatewayAccount|IamRoleApiGatewayLogs|IamRoleCustomResourcesLambdaExecution|CustomApiGatewayAccountCloudWatchRole|CustomDashresourceDashapigwDashcwDashroleLambdaFunction)$")
TEMPLATE = "cloudformation-template-update-stack.json"


def install():
    marker = MODULES / "installed"
    if marker.exists() and marker.read_text() == PACKAGE:
        return
    MODULES.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", MODULES, PACKAGE], check=True)
    marker.write_text(PACKAGE)


def shared(text):
    """An id without its end."""
    for pattern, kept in ENDS:
        text = pattern.sub(kept, text)
    return text


def pieces(call):
    """The parts of a text that `Fn::Join` puts together, those of joins within it among them."""
    delimiter, items = call
    found = []
    for index, item in enumerate(items):
        found += [delimiter] if index and delimiter else []
        inner = isinstance(item, dict) and isinstance(item.get("Fn::Join"), list)
        found += pieces(item["Fn::Join"]) if inner else [item]
    whole = []
    for item in found:
        if isinstance(item, str) and whole and isinstance(whole[-1], str):
            whole[-1] += item
        else:
            whole.append(item)
    return whole


def plain(value, key=""):
    """A value without what comes from the time or the archive; the order of statements means nothing."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return {"Ref": shared(value["Ref"])}
        if set(value) == {"Fn::GetAtt"} and isinstance(value["Fn::GetAtt"], list):
            return {"Fn::GetAtt": [shared(value["Fn::GetAtt"][0]), *value["Fn::GetAtt"][1:]]}
        if set(value) == {"Fn::Join"} and isinstance(value["Fn::Join"], list) and isinstance(value["Fn::Join"][1], list):
            return {"Fn::Join": plain(pieces(value["Fn::Join"]))}
        if "Effect" in value:
            # One action or resource and a list of it are the same.
            lists = ("Action", "NotAction", "Resource", "NotResource")
            value = {k: [v] if k in lists and not isinstance(v, list) else v for k, v in value.items()}
        return {k: plain(v, k) for k, v in value.items() if k not in LEFT_OUT}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if key in ("Statement", "DependsOn") else items
    # To CloudFormation a number, a truth value and the text of it are the same.
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.15g}"
    return value


def parts(template):
    """What is compared, by the name under which a difference is told."""
    found = {}
    helpers = any(LOGS.match(id) and "Account" in id for id in template["Resources"])
    for id, resource in template["Resources"].items():
        if helpers and LOGS.match(id):
            continue
        resource = dict(resource)
        depends = resource.get("DependsOn")
        if depends:
            depends = [depends] if isinstance(depends, str) else depends
            # The Framework waits for a parameter where that names an API, which CloudFormation refuses.
            depends = [shared(name) for name in depends if name in template["Resources"] and not LOGS.match(name)]
            resource["DependsOn"] = depends
        if resource.get("DependsOn") == []:
            del resource["DependsOn"]
        found[shared(id)] = plain({k: v for k, v in resource.items() if v is not None})
    for name, output in template.get("Outputs", {}).items():
        # The digest of a layer is one of its archive.
        if not name.endswith(("LambdaLayerHash", "LambdaLayerS3Key")):
            found[f"Outputs.{name}"] = plain(output)
    for section, value in template.items():
        if section not in ("Resources", "Outputs"):
            found[section] = value
    return found


def stand_in(folder, template):
    """Files for handlers that are not there, so that there is something to pack."""
    for resource in template["Resources"].values():
        handler = resource.get("Properties", {}).get("Handler")
        if resource["Type"] == "AWS::Lambda::Function" and isinstance(handler, str):
            stem = folder / handler.rsplit(".", 1)[0]
            if not list(stem.parent.glob(f"{stem.name}.*")):
                stem.parent.mkdir(parents=True, exist_ok=True)
                stem.with_suffix(".js").write_text("")


def package(case, ours, folder):
    """The template that the Framework makes of a copy of the case."""
    shutil.copytree(case.folder, folder, ignore=shutil.ignore_patterns("out", "build"))
    stand_in(folder, ours)
    command = [MODULES / "node_modules/.bin/osls", "package", "--region", case.region]
    if "stage" in case.settings:
        command += ["--stage", case.settings["stage"]]
    for name, value in case.params.items():
        command += ["--param", f"{name}={value}"]
    # Plugins are packages of others, and are not there.
    spec = folder / "serverless.yml"
    spec.write_text(re.sub(r"(?m)^plugins:\n(?: .*\n)*", "", spec.read_text()))
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"osls answers {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads((folder / ".serverless" / TEMPLATE).read_text())


def compare(samc, case, folder):
    """What differs, or nothing."""
    try:
        ours = case.build(samc, "--no-lint")
        theirs, ours = parts(package(case, ours, folder)), parts(ours)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    different = [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]
    return "\n".join(
        f"{name}\n  samc {json.dumps(ours.get(name), sort_keys=True)}\n  osls {json.dumps(theirs.get(name), sort_keys=True)}"
        for name in different
    )


def main():
    samc = str(pathlib.Path(sys.argv[1]).resolve())
    install()
    chosen = [case for case in [*cases("serverless"), *examples()] if case.input.name == "serverless.yml" and case.succeeds]
    # The Framework knows no options but its own.
    chosen = [case for case in chosen if "vars" not in case.settings]
    with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(2) as pool:
        folder = pathlib.Path(place)
        said = list(pool.map(lambda case: compare(samc, case, folder / case.folder.name), chosen))
    failures = [(case.name, text) for case, text in zip(chosen, said) if text]
    finish("serverless", len(chosen) - len(failures), failures)


main()
