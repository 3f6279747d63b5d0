"""Every SAM case and example must come out as AWS's own translator has it. Usage: sam_equal.py SAMC"""
import difflib
import json
import logging
import os
import sys
import types

from common import LOCAL_BUCKET, cases, examples, finish, load, with_locations

logging.disable(logging.CRITICAL)
SAM = "AWS::Serverless-2016-10-31"
# Properties that may name local code, by the type they stand in.
LOCAL = {
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
}


def upload(properties, names):
    """Puts code that has no bucket yet into one, as `aws cloudformation package` would."""
    for name in names:
        value = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(value, str) and not value.startswith("s3://"):
            properties[name] = f"s3://{LOCAL_BUCKET}/{value}"


def translate(template, case):
    import samtranslator.internal
    from samtranslator.translator import arn_generator
    from samtranslator.translator.transform import transform

    # What AWS transforms came as JSON.
    template = json.loads(json.dumps(template))
    for kind, shared in (template.get("Globals") or {}).items():
        upload(shared, LOCAL.get(f"AWS::Serverless::{kind}", ()))
    for resource in template["Resources"].values():
        upload(resource.get("Properties"), LOCAL.get(resource.get("Type"), ()))
    os.environ["AWS_DEFAULT_REGION"] = case.region
    # One process of the transform serves one region, and remembers it.
    arn_generator._get_region_from_session.cache_clear()
    partition = case.settings.get("partition", "aws")
    path = os.path.join(os.path.dirname(samtranslator.internal.__file__), "data", "aws_managed_policies.json")
    with open(path, encoding="utf-8") as file:
        policies = json.load(file)[partition]
    # The whole transform, not its translator alone: it also makes texts hash as they did in Python 2.
    return transform(template, case.params, types.SimpleNamespace(load=lambda: policies))


def ordered(value):
    """The value with every list sorted: the order of statements and mappings means nothing."""
    if isinstance(value, dict):
        return {k: ordered(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((ordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def main():
    samc, passed, failures, left_out = sys.argv[1], 0, [], 0
    for case in [*cases("sam"), *examples()]:
        template = load(case.input)
        # What stands around a template, such as files it includes, the translator never sees.
        if "beyond_transform" in case.settings:
            left_out += 1
            continue
        if not case.succeeds or SAM not in json.dumps(template.get("Transform", "")):
            continue
        try:
            ours = with_locations(case.build(samc, "--no-lint"))
            theirs = translate(template, case)
        except Exception as problem:  # one case must not hide the others
            failures.append((case.name, f"{type(problem).__name__}: {problem}"))
            continue
        ours, theirs = (json.dumps(ordered(v), indent=1, sort_keys=True).splitlines() for v in (ours, theirs))
        if ours == theirs:
            passed += 1
        else:
            lines = list(difflib.unified_diff(theirs, ours, "translator", "samc", lineterm="", n=2))
            failures.append((case.name, "\n".join(lines[:40])))
    finish("sam_equal", passed, failures, f"; {left_out} go beyond the transform")


main()
