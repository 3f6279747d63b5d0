#!/usr/bin/env python3
"""Writes targets/terraform/tables/provider_schema.txt from what Terraform says of the provider.

Usage: terraform providers schema -json | provider_schema.py [--check]

Run terraform in a folder that requires `hashicorp/aws` in the version of provider_schema.source.toml. The table
holds the resources that targets/terraform names in its mapping and its code, without prose: for each
argument its type and whether it is required, optional or computed (`r`, `o`, `c`), for each block the
least and the greatest number. `--check` writes nothing and ends with 1 where the table is another one.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "tables" / "provider_schema.txt"


def type_of(kind):
    """`list(string)` for `["list", "string"]`; objects without their members."""
    if isinstance(kind, str):
        return kind
    return "object" if kind[0] == "object" else f"{kind[0]}({type_of(kind[1])})"


def lines(block, prefix=""):
    """The lines of a block and of those within it."""
    for name, attribute in sorted(block.get("attributes", {}).items()):
        # What the provider adds to the tags of a resource is nobody's to say.
        if name == "tags_all" and not prefix:
            continue
        flag = "r" if attribute.get("required") else "o" if attribute.get("optional") else "c"
        nested = attribute.get("nested_type")
        kind = f"{nested['nesting_mode']}(object)" if nested else type_of(attribute["type"])
        yield f"{prefix}{name} {kind} {flag}"
    for name, inner in sorted(block.get("block_types", {}).items()):
        if name == "timeouts" and not prefix:
            continue
        yield f"{prefix}{name} block {inner.get('min_items', 0)}-{inner.get('max_items', 0)}"
        yield from lines(inner["block"], f"{prefix}{name}.")


def main():
    provider = next(iter(json.load(sys.stdin)["provider_schemas"].values()))
    known = provider["resource_schemas"]
    texts = [path.read_text() for path in (*ROOT.glob("mapping/*.toml"), *ROOT.glob("src/**/*.rs"))]
    named = {name for text in texts for name in re.findall(r'"(aws_[a-z0-9_]+)"', text)}
    table = []
    for name in sorted(named & known.keys()):
        table += [f"= {name}", *lines(known[name]["block"])]
    text = "\n".join(table) + "\n"
    if "--check" in sys.argv:
        sys.exit(text != TABLE.read_text())
    TABLE.write_text(text)


if __name__ == "__main__":
    main()
