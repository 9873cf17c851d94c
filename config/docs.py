"""The API for people: the OpenAPI document as one page of our own, without scripts and without a foreign host."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@require_safe
@login_not_required
def document(request):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parts = schema["components"]["schemas"]
    operations = [
        _operation(path, method, operation, parts)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "config/api.html", {"operations": operations, "info": schema["info"]})


def _operation(path, method, operation, parts) -> dict:
    body = _content(operation.get("requestBody", {}))
    answers = {status: _content(answer) for status, answer in operation["responses"].items()}
    good = next((content for status, content in answers.items() if status.startswith("2")), {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "says": operation.get("description", ""),
        "parameters": [_parameter(found, parts) for found in operation.get("parameters", ())],
        "body": _rows(body, parts),
        "answer": _rows(good, parts),
        "statuses": sorted(answers),
    }


def _parameter(found, parts) -> dict:
    return {
        "name": found["name"],
        "type": _type(found["schema"], parts),
        "says": found.get("description", ""),
        "required": found.get("required", False),
    }


def _content(part) -> dict:
    return next((media["schema"] for media in part.get("content", {}).values()), {})


def _rows(schema, parts) -> list[dict]:
    """The keys of an object with the type of each."""
    found = _resolved(schema, parts)
    required = found.get("required", ())
    return [
        {"name": name, "type": _type(value, parts), "says": value.get("description", ""), "required": name in required}
        for name, value in found.get("properties", {}).items()
    ]


def _resolved(schema, parts) -> dict:
    schema = (schema.get("allOf") or schema.get("oneOf") or [schema])[0]
    return parts[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def _type(value, parts) -> str:
    if value.get("type") == "array":
        return f"[{_type(value['items'], parts)}]"
    found = _resolved(value, parts)
    if "enum" in found:
        return " | ".join(str(choice) for choice in found["enum"] if choice)
    if "properties" in found:
        return "{" + ", ".join(found["properties"]) + "}"
    return found.get("format") or found.get("type", "any")


def with_problems(result, generator, request, public):
    """A hook of the document: what chains and routing refuse, they refuse as everywhere; it cannot be said there."""
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path, methods in result["paths"].items():
        for operation in methods.values():
            if all(status.startswith("2") for status in operation["responses"]):
                operation["responses"] |= dict.fromkeys(_refusals(path, operation), problem | {"description": ""})
    return result


def _refusals(path, operation) -> list[str]:
    of_path = ["404"] if "{" in path else []
    of_body = ["413", "415"] if "requestBody" in operation else []
    return ["400", "401", "403", *of_path, *of_body]
