import base64
import json
import subprocess
import sys
from urllib.parse import unquote

import numpy as np
import pytest

from xpde import cli
from xpde.report.study import (
    StudyRecord,
    is_study,
    render_study,
    write_study_data,
    write_study_page,
    write_study_pictures,
)


@pytest.fixture(scope="module")
def text(record, drawn):
    return render_study(record, drawn)


@pytest.fixture(scope="module")
def page(text, parsed):
    return parsed(text)


def test_page_is_whole_and_alone(text, page):
    assert all(word not in text for word in ("http://", "https://", "<script", "@import"))
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    anchors = {link[1:] for link in page.links if link.startswith("#")}
    assert anchors <= set(page.ids)
    assert "prefers-color-scheme: dark" in text
    assert len(text) < 10e6


def test_every_figure_is_described_and_can_be_taken_away(page, drawn):
    exhibits = {f"{g.group.name}-{e.name}": e for g in drawn for e in g.exhibits}
    assert len(page.svgs) == len(exhibits) == 12
    assert all(svg["role"] == "img" and len(svg["aria-label"]) > 40 for svg in page.svgs)
    for name, exhibit in exhibits.items():
        picture = base64.b64decode(page.files[f"{name}.png"].split(",", 1)[1])
        assert picture.startswith(b"\x89PNG\r\n")
        assert unquote(page.files[f"{name}.csv"].split(",", 1)[1]) == exhibit.csv()


def test_fates_and_reasons_are_told(text):
    assert "15 of 18 runs are done, 1 diverged, 1 failed, 1 missing." in text
    assert "MemoryError: out of memory" in text
    assert "the loss is not finite at update 699" in text


def test_problems_are_listed_with_their_equations(text):
    assert '<a href="#diff_burgers">diff_burgers</a>' in text
    assert text.count("Settings: points 32.") == 2
    assert "u_t + c·∇u = 0" in text
    assert "not distinguishable" in text or "worse" in text


def test_the_smallest_of_each_problem_is_bold(text):
    assert text.count('class="n best"') == 2


def test_damaged_files_are_named_and_the_rest_is_drawn(make_study, made_runs, parsed):
    runs = made_runs((("diff_adv", {"points": 32}),), seeds=2)
    folder = make_study(runs)
    (folder / "runs" / runs[0].name / "metrics.parquet").write_bytes(b"PAR1 broken")
    (folder / "runs" / runs[1].name / "rollouts.h5").write_bytes(b"broken")
    (folder / "runs" / runs[5].name / "config.json").write_text("{")
    record = StudyRecord.read(folder)
    text = render_study(record)
    page = parsed(text)
    assert len(page.svgs) == 6
    for i in (0, 1, 5):
        assert any(runs[i].name in line for line in text.splitlines() if "<li>" in line)


def test_a_study_that_has_only_begun_has_a_page(make_study, made_runs, parsed):
    folder = make_study(made_runs(seeds=1), dict.fromkeys(range(6), "missing"))
    text = write_study_page(StudyRecord.read(folder)).read_text()
    assert parsed(text).svgs == []
    assert "0 of 6 runs are done, 6 missing." in text


def test_runs_without_a_configuration_are_counted(make_study, made_runs):
    folder = make_study(made_runs(seeds=1), dict.fromkeys(range(6), "missing"))
    names = json.loads((folder / "study.json").read_text())["runs"]
    (folder / "runs" / names[0] / "config.json").unlink()
    (folder / "runs" / names[0]).rmdir()
    assert "1 run has not begun" in render_study(StudyRecord.read(folder))


def test_words_are_escaped(make_study, made_runs):
    runs = made_runs((("diff_adv", {"points": 32}),), seeds=1)
    folder = make_study(runs, dict.fromkeys(range(3), "failed"))
    path = folder / "runs" / runs[0].name / "failed.json"
    path.write_text(json.dumps({"status": "failed", "reason": "<script>1</script>", "trace": ""}))
    assert "<script" not in render_study(StudyRecord.read(folder))


def test_files_are_written_for_every_figure(drawn, tmp_path):
    pictures = write_study_pictures(drawn[:1], tmp_path / "p")
    data = write_study_data(drawn[:1], tmp_path / "d")
    assert [p.stem for p in pictures] == [p.stem for p in data]
    assert [p.read_bytes()[:4] for p in pictures] == [b"\x89PNG"] * 6
    assert data[0].read_text() == drawn[0].exhibits[0].csv()


def test_the_command_knows_a_study(study, tmp_path, capsys):
    words = ["report", str(study), "--out", str(tmp_path / "page.html")]
    code = cli.main([*words, "--data", str(tmp_path / "data")])
    out = capsys.readouterr().out
    assert code == 1  # a run failed
    assert "18 runs, 15 done, 1 diverged, 1 failed, 1 missing" in out
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    assert len(list((tmp_path / "data").iterdir())) == 12
    assert is_study(study)
    assert not is_study(tmp_path)


def test_it_imports_no_framework():
    code = "import xpde.report.study, sys; print({'jax', 'torch', 'cupy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_rows_are_those_of_the_study(record, all_runs):
    assert [run.name for run in all_runs] == list(record.runs["run"])
    assert np.all(record.runs["parameters"][record.runs["status"] == "done"] > 0)
