"""Validates messages against schema.json: the part of JSON Schema that the file uses."""

import json
import pathlib
import re

SCHEMA = json.loads((pathlib.Path(__file__).parents[3] / "manhole-protocol/schema.json").read_text())
TYPES = {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}
KNOWN = {"$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "format", "items", "maxItems",
         "minItems", "minimum", "oneOf", "pattern", "prefixItems", "properties", "propertyNames", "required", "type"}


def is_a(value, kind):
    if kind in ("integer", "number"):
        return not isinstance(value, bool) and isinstance(value, int if kind == "integer" else (int, float))
    return isinstance(value, TYPES[kind])


def fits(value, schema):
    """Whether `value` is what `schema` says."""
    if isinstance(schema, bool):
        return schema
    assert schema.keys() <= KNOWN, f"not understood: {schema.keys() - KNOWN}"
    if "$ref" in schema and not fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]):
        return False
    kinds = schema.get("type", [])
    if kinds and not any(is_a(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return False
    if "anyOf" in schema and not any(fits(value, one) for one in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, one) for one in schema["oneOf"]) != 1:
        return False
    if isinstance(value, str):
        return "pattern" not in schema or re.search(schema["pattern"], value) is not None
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        return (schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
                and all(fits(item, one) for item, one in zip(value, first))
                and all(fits(item, schema.get("items", True)) for item in value[len(first):]))
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return (all(name in value for name in schema.get("required", []))
                and all(fits(name, schema.get("propertyNames", True)) for name in value)
                and all(fits(item, known.get(name, schema.get("additionalProperties", True)))
                        for name, item in value.items()))
    return "minimum" not in schema or not is_a(value, "number") or value >= schema["minimum"]


def check_response(method, response):
    assert fits(response, SCHEMA["methods"][method]["result"]), (method, response)


def check_notification(method, params):
    assert fits(params, SCHEMA["notifications"][method]["params"]), (method, params)


def check_error(error):
    assert fits(error, SCHEMA["error"]), error
