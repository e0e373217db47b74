import pytest

from xpde.errors import InvalidInput
from xpde.report import Record


def test_reads_every_table(make_store):
    record = Record.read(make_store({"numpy": "ok", "jax": "ok", "cupy": "missing"}))
    assert record.names == ["numpy", "jax", "cupy"]
    assert record.ran == ["numpy", "jax"]
    assert set(record.tables) == {"backends", "agreement", "growth", "losses", "metrics"}
    fields = record.fields("jax")
    assert fields.dims == 1
    assert len(fields.reference) == len(fields.emulator) + 1
    assert record.fields("cupy") is None
    assert record.attributes["vlim"] == [-1.0, 1.0]


def test_absent_tables_are_empty(make_store):
    folder = make_store({"numpy": "ok"})
    for name in ("growth.parquet", "losses.parquet", "fields.h5"):
        (folder / name).unlink(missing_ok=True)
    record = Record.read(folder)
    assert record.tables["growth"].empty
    assert record.fields("numpy") is None
    assert record.attributes == {}


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="xpde compare"):
        Record.read(tmp_path)


def test_an_old_table_is_refused(make_store):
    import pandas as pd

    folder = make_store({"numpy": "ok"})
    pd.DataFrame({"backend": ["numpy"]}).to_parquet(folder / "losses.parquet")
    with pytest.raises(InvalidInput, match="update, loss"):
        Record.read(folder)
