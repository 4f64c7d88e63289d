"""The web API as programs and agents see it: every public function is named, typed and documented."""

import inspect

import pytest

from hwr.errors import InputError
from hwr.ui.app import build, check_mcp


@pytest.fixture(scope="module")
def demo(reader, assets, tmp_path_factory):
    return build(lambda: reader, tmp_path_factory.mktemp("data"), assets=assets)


def public(demo):
    return {f.api_name: f.fn for f in demo.fns.values() if f.api_visibility == "public"}


@pytest.mark.slow
def test_what_is_public_is_meant_to_be(demo):
    names = {"read", "n_best", "divergence", "runs", "collections", "pages", "queue", "keep_line"}
    assert set(public(demo)) == names
    assert {name.strip("/") for name in demo.get_api_info()["named_endpoints"]} == names


def test_every_public_function_is_typed_and_documented(demo):
    for name, function in public(demo).items():
        assert function.__name__ == name, "an agent's tool bears the function's name"
        text = inspect.getdoc(function) or ""
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Parameter.empty, name
        assert "Returns:" in text, name
        asked = [p for p in signature.parameters.values() if "Request" not in str(p.annotation)]
        for parameter in asked:
            assert parameter.annotation is not inspect.Parameter.empty, f"{name}: {parameter.name}"
            assert f"{parameter.name}:" in text, f"{name}: {parameter.name} is not documented"


def test_an_mcp_server_names_the_package_that_it_lacks(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'hwr\[mcp\]'"):
        check_mcp()
