"""Serves `cargo xtask oracle sam`: one JSON object a line in, AWS's own answer a line out."""
import json
import logging
import os
import sys
import types

import yaml

from common import Loader

logging.disable(logging.CRITICAL)


class Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """The loader of the other oracles on the parser in C, where PyYAML has it."""


Quick.yaml_constructors = Loader.yaml_constructors
Quick.yaml_multi_constructors = Loader.yaml_multi_constructors


def policies_of(partition):
    import samtranslator.internal

    path = os.path.join(os.path.dirname(samtranslator.internal.__file__), "data", "aws_managed_policies.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)[partition]


def answer(request, policies):
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
    from samtranslator.translator import arn_generator
    from samtranslator.translator.transform import transform

    text = request["template"]
    # Templates reach AWS as JSON; the way through it also parts nodes that anchors share.
    template = json.loads(text if text.startswith("{") else json.dumps(yaml.load(text, Quick)))
    os.environ["AWS_DEFAULT_REGION"] = request["region"]
    arn_generator._get_region_from_session.cache_clear()
    partition = request["partition"]
    if partition not in policies:
        policies[partition] = policies_of(partition)
    loader = types.SimpleNamespace(load=lambda: policies[partition])
    try:
        return {"made": transform(template, request["parameters"], loader)}
    except InvalidDocumentException as refused:
        faults = []
        for cause in refused.causes:
            named = getattr(cause, "_logical_id", None)
            faults.append({"id": named if isinstance(named, str) else None, "message": str(cause.message)})
        return {"refused": faults}
    except ExceptionWithMessage as refused:
        return {"refused": [{"id": None, "message": str(refused.message)}]}
    except Exception as crash:  # a fault of the translator itself, which its users see as an internal error
        return {"crashed": f"{type(crash).__name__}: {crash}"}


def main():
    policies = {}
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), policies)), flush=True)


if __name__ == "__main__":
    main()
