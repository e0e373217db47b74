"""The store: whole files or none, stable names, damaged files left alone."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study import store

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(), PLAIN.filter(lambda v: v not in (np.inf, -np.inf))))
def test_canonical_ignores_the_order_of_keys(value):
    try:
        text = store.canonical(value)
    except ValueError:  # an infinity deeper down
        return
    assert store.canonical(dict(reversed(value.items()))) == text


def test_digest_is_the_same_in_every_process():
    """Python's own hash is salted; SHA-256 of the canonical text is not."""
    code = "from xpde.study.store import digest; print(digest({'b': [1, 2.5], 'a': None}))"
    seeds = [{**os.environ, "PYTHONHASHSEED": s} for s in ("1", "2")]
    run = [subprocess.check_output([sys.executable, "-c", code], env=e, text=True) for e in seeds]
    assert {line.strip() for line in run} == {store.digest({"a": None, "b": [1, 2.5]})}
    assert len(run[0].strip()) == 12


def test_nothing_appears_when_writing_fails(tmp_path):
    path = tmp_path / "new" / "file.txt"

    def fail():
        with store.atomic(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(path.parent.iterdir()) == []


def test_an_old_file_survives_a_failed_write(tmp_path):
    path = tmp_path / "table.parquet"
    store.write_table(path, pd.DataFrame({"x": [1]}))
    with pytest.raises(AttributeError):
        store.write_table(path, None)
    assert store.read_table(path)["x"].tolist() == [1]
    assert [p.name for p in tmp_path.iterdir()] == ["table.parquet"]


def test_round_trips(tmp_path):
    store.write_json(tmp_path / "a.json", {"x": [1, 2.5, None, "ν"]})
    assert store.read_json(tmp_path / "a.json") == {"x": [1, 2.5, None, "ν"]}
    arrays = {"deep/u": np.arange(6.0).reshape(2, 3), "z": np.asarray([1 + 2j])}
    store.write_fields(tmp_path / "a.h5", arrays, {"dt": 0.1, "name": "x"})
    read, about = store.read_fields(tmp_path / "a.h5")
    assert sorted(read) == sorted(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
    assert (about["dt"], about["name"]) == (0.1, "x")


@pytest.mark.parametrize(
    ("name", "read"),
    [("a.json", "read_json"), ("a.parquet", "read_table"), ("a.h5", "read_fields")],
)
@pytest.mark.parametrize("content", [b"", b"not what it says", None])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, name, read, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        getattr(store, read)(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert content is None or path.read_bytes() == content
