"""An object or extension against its JSON schema, with a refusal that names the property and never its content."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from comity_schemas import extensions, stix

from comity.errors import InvalidObjectError

_NAME_LENGTH = 40
_MAX_PLACE = 120


_EXTENSION_SCHEMAS: Mapping[str, dict[str, Any]] = {
    **extensions.SCHEMAS,
    extensions.RECALL_TYPE: extensions.SCHEMAS[extensions.RECALL],
}
_TIME = "date-time"


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    # The linear regular expressions keep a hostile value from costing more than its length.
    return jsonschema_rs.Draft202012Validator(_schema(name), pattern_options=jsonschema_rs.RegexOptions())


@cache
def times_of(name: str) -> tuple[str, ...]:
    """Return the names of the properties that hold a time in the schema called *name*, those of all objects first."""
    schema: Mapping[str, Any] = _schema(name)
    definitions = schema.get("$defs", {})
    properties = definitions.get(name, schema).get("properties", {})
    own = (
        each
        for each, content in properties.items()
        if definitions.get(content.get("$ref", "").rpartition("/")[2], content).get("format") == _TIME
    )
    return tuple(dict.fromkeys((*(() if name in extensions.SCHEMAS else ("created", "modified")), *own)))


def _schema(name: str) -> dict[str, Any]:
    return stix.SCHEMAS.get(name) or _EXTENSION_SCHEMAS[name]


def schema_of(body: Mapping[str, Any]) -> str:
    """Return the name of the schema for an object that has a type: its own, or that of types of others' making."""
    name: str = body["type"]
    if name in stix.SCHEMAS or name == extensions.RECALL_TYPE:
        return name
    return stix.CUSTOM_OBSERVABLE if _is_new_observable(body.get("extensions")) else stix.CUSTOM_OBJECT


def check(value: object, name: str, *, place: str = "") -> None:
    """Accept *value* if it fits the schema called *name*, the type of an object or the id of an extension.

    Raises:
        InvalidObjectError: it does not; the message tells the property below *place* and what was expected.
    """
    validator = _validator(name)
    if validator.is_valid(value):
        return
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        raise InvalidObjectError(_cause(error, name, place)) from None


def _is_new_observable(declared: object) -> bool:
    return isinstance(declared, dict) and any(
        isinstance(each, dict) and each.get("extension_type") == "new-sco" for each in declared.values()
    )


def _cause(error: jsonschema_rs.ValidationError, name: str, place: str) -> str:
    found = _place(place, *error.instance_path) or "the object"
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.Required(property=missing):
            return f"{_place(place, *error.instance_path, missing)} is missing"
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=[first, *_]):
            return f"{_place(place, *error.instance_path, first)} is unknown here"
        case jsonschema_rs.ValidationErrorKind.Enum(options=options):
            return f"{found} is not as expected: one of {', '.join(map(str, options))}"
        case jsonschema_rs.ValidationErrorKind.Constant(expected_value=value):
            return f"{found} is not as expected: {value}"
        case _:
            return f"{found} is not as expected: {_expected(error, name)}"


def _expected(error: jsonschema_rs.ValidationError, name: str) -> str:
    """Return what the schema asked for: the description nearest to the keyword that failed, else the keyword."""
    steps = list(error.schema_path)
    schema: Any = _schema(name)
    described = ""
    for step in steps[:-1]:
        schema = schema[step]
        described = schema.get("description", described) if isinstance(schema, dict) else described
    keyword = steps[-1] if steps else "schema"
    wanted = schema.get(keyword) if isinstance(schema, dict) else None
    own = schema.get("description") if isinstance(schema, dict) else None
    if own is None and isinstance(wanted, str | int | float):
        return f"{keyword} {wanted}"
    return str(own or described or keyword)


def _place(start: str, *steps: str | int) -> str:
    names = (step[:_NAME_LENGTH] if isinstance(step, str) else f"[{step}]" for step in steps)
    return ".".join(filter(None, (start, *names)))[:_MAX_PLACE]
