"""The rules of the house that a reader of the code relies on, read off its syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "appeals", "routing", "chains")  # each may import itself and what stands to its right

DECIDE = [
    *(f"chains/{name}.py" for name in "taxonomy metrics score coupling periods sheets charts chaining".split()),
    *(
        f"routing/{name}.py"
        for name in "classification features triage urgency workdays deadlines terms responsibility".split()
    ),
    "routing/watch.py",
    "routing/ladder.py",
    *(
        f"appeals/{name}.py"
        for name in "sealing states guards row table similarity lights diagram columns mapping".split()
    ),
    *(f"appeals/{name}.py" for name in "texts sniffing pictures pairs".split()),
    *(f"appeals/rows/{name}.py" for name in "centre office enterprise oversight".split()),
]
# The words of choices and their labels are no database, and escaped markup is a value.
DJANGO_FOR_DECIDE = {
    "django.db.models": {"TextChoices"},
    "django.utils.translation": {"gettext", "gettext_lazy"},
    "django.utils.html": {"format_html", "format_html_join"},
    "django.utils.safestring": {"SafeString"},
}
CLOCKS = {"now", "utcnow", "today", "localdate", "localtime", "time", "monotonic"}

ONLY_DOORS = {"appeals/moves.py", "appeals/intake.py"}  # where a status may be set
WRITERS = {"Appeal", "update", "create", "bulk_create", "get_or_create", "update_or_create"}
STATUSES = {"triage", "dispatched", "signed", "parked", "replied", "visiting", "closed", "declined", "withdrawn"}


def files_of(*folders: str) -> list[str]:
    files = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(str(file) for file in files if "migrations" not in file.parts)


SOURCES = files_of(*APPS)


@cache
def tree_of(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"))


@cache
def nodes_of(file: str) -> list[ast.AST]:
    return list(ast.walk(tree_of(file)))


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(file): file for file in SOURCES}


def named_by(node: ast.AST) -> list[str]:
    """The modules that an import statement may load."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are written in full"
        return [*(f"{node.module}.{alias.name}" for alias in node.names), node.module]
    return []


def imports_of(nodes) -> set[str]:
    """The modules of the house among what `nodes` import."""
    return {name for node in nodes for name in named_by(node) if name in MODULES}


def functions_of(file: str) -> Iterator[ast.FunctionDef]:
    return (node for node in nodes_of(file) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(node) -> int:
    return node.end_lineno - node.lineno + 1


def test_imports_go_down_only():
    def above(file):
        return APPS[: APPS.index(file.split("/")[0])]

    upward = [
        f"{file} imports {name}"
        for file in SOURCES
        for node in nodes_of(file)
        for name in named_by(node)
        if name.split(".")[0] in above(file)
    ]
    assert upward == []


def at_module_level(file: str) -> Iterator[ast.AST]:
    """What runs when the module is loaded: all but the insides of functions."""
    waiting = list(tree_of(file).body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


@cache
def loaded_with(module: str) -> frozenset[str]:
    """Every module of the house that loading `module` loads."""
    found, fresh = set(), {module}
    while fresh:
        fresh = set().union(*(imports_of(at_module_level(MODULES[name])) for name in fresh)) - found
        found |= fresh
    return frozenset(found)


def test_no_modules_import_each_other():
    assert [module for module in MODULES if module in loaded_with(module)] == []


def test_no_import_is_hidden_in_a_function_to_get_around_a_cycle():
    hidden = [
        f"{file}: {name} in {function.name}"
        for file in SOURCES
        for function in functions_of(file)
        for name in imports_of(ast.walk(function))
        if module_of(file) in loaded_with(name)
    ]
    assert hidden == []


def test_files_that_decide_know_of_django_the_words_only():
    foreign = [
        f"{file}: {name}"
        for file in DECIDE
        for node in nodes_of(file)
        for name in named_by(node)[: -1 if isinstance(node, ast.ImportFrom) else None]
        if name.split(".")[0] in ("django", "rest_framework")
        and name.rpartition(".")[2] not in DJANGO_FOR_DECIDE.get(name.rpartition(".")[0], ())
    ]
    assert foreign == []


def test_files_that_decide_import_files_that_decide_only():
    asking = [
        f"{file} imports {name}"
        for file in DECIDE
        for name in imports_of(nodes_of(file))
        if MODULES[name] not in DECIDE and not MODULES[name].endswith("__init__.py")
    ]
    assert asking == []


def test_files_that_decide_read_no_clock():
    read = [
        f"{file}: {ast.unparse(node)}"
        for file in DECIDE
        for node in nodes_of(file)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    # A time of the day is a value; whoever asks for one names its hour.
    assert [call for call in read if not call.endswith("time()")] == []


def sets_a_status(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        return name in WRITERS and "status" in {word.arg for word in node.keywords}
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)


def test_a_status_is_set_by_move_and_intake_only():
    setting = [
        f"{file}:{node.lineno}"
        for file in files_of("appeals")
        if file not in ONLY_DOORS and "/api/" not in file  # where `status` is the one of HTTP
        for node in nodes_of(file)
        if sets_a_status(node)
    ]
    assert setting == []


def test_a_status_is_no_bare_string():
    bare = []
    for file in files_of("appeals", "config"):
        for node in nodes_of(file):
            if isinstance(node, ast.Compare):
                sides = (node.left, *node.comparators)
                literals = {part.value for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant)}
                if literals & STATUSES and any(ast.unparse(side).endswith("status") for side in sides):
                    bare.append(f"{file}:{node.lineno}")
    assert bare == []


def test_nothing_catches_every_exception():
    def catches_all(handler):
        return handler.type is None or {ast.unparse(part) for part in ast.walk(handler.type)} & {
            "Exception",
            "BaseException",
        }

    catching = [
        f"{file}:{node.lineno}"
        for file in SOURCES
        for node in nodes_of(file)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    ]
    assert catching == []


def test_a_file_has_four_hundred_lines_at_most():
    lengths = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in SOURCES + files_of("tests")}
    assert {file: lines for file, lines in lengths.items() if lines > 400} == {}


def test_a_function_has_forty_lines_at_most():
    lengths = {(file, node.name): lines_of(node) for file in SOURCES for node in functions_of(file)}
    assert {where: lines for where, lines in lengths.items() if lines > 40} == {}


def test_most_functions_are_short():
    lengths = sorted(lines_of(node) for file in SOURCES for node in functions_of(file))
    assert lengths[len(lengths) // 2] <= 8, "the median"
    assert lengths[len(lengths) * 9 // 10] <= 20, "nine in ten"


def test_a_view_has_twenty_lines_at_most():
    views = {
        (file, node.name): lines_of(node)
        for file in SOURCES
        if "/views" in file
        for node in functions_of(file)
        if node.args.args and node.args.args[0].arg == "request"
    }
    assert {where: lines for where, lines in views.items() if lines > 20} == {}


def test_the_environment_is_read_in_the_settings_only():
    reading = [
        f"{file}:{node.lineno}"
        for file in SOURCES
        if file != "config/settings.py"
        for node in nodes_of(file)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.getenv", "os.environ.get"))
        or (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ")
    ]
    assert reading == []


def test_nothing_listens_to_signals():
    listening = [
        file for file in SOURCES for node in nodes_of(file) for name in named_by(node) if "signals" in name.split(".")
    ]
    assert listening == []


def test_no_class_is_a_drawer_of_static_methods():
    drawers = [
        f"{file}: {node.name}"
        for file in SOURCES
        for node in functions_of(file)
        if "staticmethod" in {ast.unparse(decorator) for decorator in node.decorator_list}
    ]
    assert drawers == []
    assert [file for file in SOURCES if file.endswith("/utils.py")] == []


def test_nothing_stands_beside_the_house():
    rooms = {*APPS, "templates", "tests", "manage.py", "requirements.txt", "README.md", "pyproject.toml", "LICENSE"}
    beside = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - rooms
    assert beside == set()
