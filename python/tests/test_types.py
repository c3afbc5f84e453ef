"""The types that are declared are those of the compiled module."""

import ast
import inspect
from pathlib import Path

import kitnet
from kitnet import _kitnet


def members(body):
    nodes = (node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    return {node.name: node for node in nodes if not node.name.startswith("_")}


def test_the_stubs_name_what_the_module_has():
    stubs = ast.parse(Path(kitnet.__file__).with_name("_kitnet.pyi").read_text())
    declared = members(stubs.body)
    found = {name for name in dir(_kitnet) if not name.startswith("_")}
    assert set(declared) == found
    for name, node in declared.items():
        if isinstance(node, ast.ClassDef):
            assert set(members(node.body)) == {name for name in vars(getattr(_kitnet, name)) if not name.startswith("_")}
        for function in [node, *members(node.body).values()]:
            owner = _kitnet if function is node else getattr(_kitnet, name)
            is_property = any(decorator.id == "property" for decorator in function.decorator_list)
            if isinstance(function, ast.FunctionDef) and not is_property:
                parameters = list(inspect.signature(getattr(owner, function.name)).parameters)
                assert [argument.arg for argument in function.args.args] == parameters, function.name


def test_hyper_parameters_are_declared():
    assert set(kitnet.HyperParameters.__annotations__) == set(_kitnet.default_hyper_parameters())


def test_the_types_are_marked():
    assert Path(kitnet.__file__).with_name("py.typed").exists()
