"""Every public function is documented and annotated; a formula or a contract, never a bare name."""

import importlib
import inspect
import pkgutil

import pytest

import xpde


def public_functions():
    seen = {}
    for info in pkgutil.walk_packages(xpde.__path__, "xpde."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", []):
            item = getattr(module, name)
            if inspect.isfunction(item) and item.__module__.startswith("xpde"):
                seen[f"{item.__module__}.{item.__qualname__}"] = item
    return seen


FUNCTIONS = public_functions()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_documented_and_annotated(name):
    function = FUNCTIONS[name]
    doc = inspect.getdoc(function) or ""
    assert len(doc.split()) >= 5, f"{name}: the docstring says too little"
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty, f"{name}: return"
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, f"{name}: {parameter.name}"
