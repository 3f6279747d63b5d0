"""Any text must arrive in Terraform as it is, wherever it stands. Usage: terraform_text.py SAMC [SEED]

Thousands of texts, made of what is special to Terraform, to JSON or to Unicode, go through one template in
both syntaxes, and Terraform's own plan is compared with them. Terraform holds text in the normal form NFC
whatever is written, so that is what is compared.
"""
import base64
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

from common import finish
from tf import Module, needed

NAME = "terraform_text"
SIGNS = ["$", "%", "{", "}", "${", "%{", "$${", "%%{", "$$", "%%", "~}", '"', "\\", "\\n", "\\u0041", '\\"']
LINES = ["\n", "\r\n", "\r", "\t", "\n\n", "EOT", "\nEOT\n", "\n  EOT\n", "<<EOT\n", "<<-EOT\n"]
RARE = [chr(c) for c in (0, 1, 0x1B, 0x7F, 0x85, 0x9F, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0xE9, 0x1F600, 0x10FFFF, 0x202E)]
RARE += ["e\u0301", "\u1100\u1161", "\u212b", "\U0001F468\u200d\U0001F469"]
PLAIN = ["a", "Ab9", " ", "_", "-", "#", "//", "/*", "*/", "'", "`", "var.x", "if true", "for", "=", ":", ","]
COUNT = 400
PARAMETERS = 60


def texts(random_):
    """Texts of several kinds, the well-known ones first."""
    found = ["", *SIGNS, *LINES, *RARE, *PLAIN, "${aws:username}", "100%{", "a\nb\nc\nd\n", "a\n${b}\n\\c\n\"d\"\n"]
    while len(found) < COUNT:
        pool = random_.choice([SIGNS, SIGNS + LINES, SIGNS + LINES + RARE + PLAIN])
        text = "".join(random_.choice(pool) for _ in range(random_.randrange(1, 10)))
        if random_.random() < 0.3:
            text = "\n".join([text, *random_.sample(found, 2), ""])
        found.append(text)
    return found


def template(found):
    """Each text at each place."""
    variables = {f"V{i}": text for i, text in enumerate(found)}
    conditions = {f"{i}{text}": [text] for i, text in enumerate(found)}
    function = {
        "Handler": "a.b",
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::123456789012:role/some",
        "Code": {"S3Bucket": "bucket", "S3Key": "key"},
        "Environment": {"Variables": variables},
    }
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": conditions}}
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    parameters = {
        f"P{i}": {
            "Type": "String",
            "Default": text,
            "Description": text,
            "AllowedValues": [text, "other"],
            "ConstraintDescription": text,
        }
        for i, text in enumerate(found[:PARAMETERS])
    }
    around = [{"Ref": f"P{i % PARAMETERS}"} for i in range(len(found))]
    values = {
        "Plain": found,
        "Around": [{"Fn::Join": [found[i - 1], [text, around[i], text]]} for i, text in enumerate(found)],
        "Call": [{"Fn::Base64": {"Fn::Join": ["", [text, around[i]]]}} for i, text in enumerate(found)],
        "Found": [{"Fn::FindInMap": ["Texts", f"{i}{text}", "Value"]} for i, text in enumerate(found)],
    }
    outputs = {name: {"Value": value} for name, value in values.items()}
    outputs |= {f"About{i}": {"Value": "x", "Description": text} for i, text in enumerate(found[:PARAMETERS])}
    return {
        "Parameters": parameters,
        "Mappings": {"Texts": {f"{i}{text}": {"Value": text} for i, text in enumerate(found)}},
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
        },
        "Outputs": outputs,
    }


def normal(text):
    return unicodedata.normalize("NFC", text)


def compared(plan, found):
    """What Terraform plans against the texts: the number that arrived, and the faults."""
    outputs = plan["planned_values"]["outputs"]
    resources = {r["type"]: r["values"] for r in plan["planned_values"]["root_module"]["resources"]}
    configured = plan["configuration"]["root_module"]
    variables = resources["aws_lambda_function"]["environment"][0]["variables"]
    policy = json.loads(resources["aws_iam_policy"]["policy"])
    conditions = policy["Statement"][0]["Condition"]["StringEquals"]
    passed, faults = 0, []

    def same(where, is_, text):
        nonlocal passed
        if is_ == normal(text):
            passed += 1
        elif len(faults) < 20:
            faults.append((where, f"  {text!r} came as\n  {is_!r}"))

    for i, text in enumerate(found):
        parameter = found[i % PARAMETERS]
        at = lambda name: outputs[name]["value"][i]
        same(f"output {i}", at("plain"), text)
        same(f"around {i}", at("around"), found[i - 1].join([text, parameter, text]))
        same(f"call {i}", base64.b64decode(at("call")).decode(), text + parameter)
        same(f"mapping {i}", at("found"), text)
        same(f"argument {i}", variables.get(f"V{i}"), text)
        same(f"document {i}", (conditions.get(normal(f"{i}{text}")) or [None])[0], text)
    for i, text in enumerate(found[:PARAMETERS]):
        declared = configured["variables"][f"p{i}"]
        same(f"default {i}", declared.get("default"), text)
        # A description that is empty is none.
        same(f"about variable {i}", declared.get("description", ""), text)
        same(f"about output {i}", configured["outputs"][f"about{i}"].get("description", ""), text)
    return passed, faults


def messages(module, found):
    """What arrived of the messages of validations, which all fail, and the faults."""
    wrong = [f"-var=p{i}=wrong" for i in range(PARAMETERS)]
    done = module.run("plan", "-input=false", "-json", *wrong, check=False)
    said = [json.loads(line).get("diagnostic", {}).get("detail", "") for line in done.stdout.split("\n") if line]
    faults = []
    for i, text in enumerate(found[:PARAMETERS]):
        # The space around a message is Terraform's own.
        if not any(normal(text).strip() in detail for detail in said):
            faults.append((f"message {i}", f"  {text!r} is in no message"))
    return PARAMETERS - len(faults), faults


def main():
    samc = pathlib.Path(sys.argv[1]).resolve()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    plugins = needed(NAME)
    found = texts(random.Random(seed))
    passed, failures = 0, []
    with tempfile.TemporaryDirectory() as work:
        spec = pathlib.Path(work) / "template.json"
        spec.write_text(json.dumps(template(found)))
        for syntax in ("hcl", "json"):
            out = pathlib.Path(work) / syntax
            command = [samc, "build", spec, "--target", "terraform", "--tf-syntax", syntax, "--no-lint", "--out-dir", out]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                failures.append((syntax, done.stderr[-3000:]))
                continue
            module = Module(out / "terraform", plugins)
            module.alone()
            module.init()
            for count, faults in (compared(module.plan("-refresh=false"), found), messages(module, found)):
                passed += count
                failures += [(f"{syntax} {where}", why) for where, why in faults]
    finish(NAME, passed, failures)


main()
