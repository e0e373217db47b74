"""All that is wrong with a study is said at once, a line for each problem that names its values."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.cli.shared import MOST, complain
from xpde.errors import InvalidInput, InvalidStudy
from xpde.study.expand import MOST_RUNS
from xpde.study.plan import Study
from xpde.study.problems import Problems

SMALL = 'scenario = "diff_adv"\nnet = "Conv;4;2;relu"\n'


@pytest.fixture
def wrong(tmp_path):
    """Return a reader of the lines about a study that is wrong."""

    def read(text, suffix=".toml"):
        path = tmp_path / f"pilot{suffix}"
        path.write_text(text)
        with pytest.raises(InvalidStudy) as caught:
            Study.read(path)
        return list(caught.value.problems)

    return read


def test_configurations_that_ask_for_what_is_not_there(wrong):
    lines = wrong(
        "CONFIGS = [{'scenario': 'diff_adv', 'num_channels': 2}, 'diff_adv',\n"
        " {'scenario': 'diff_adv', 'callbacks': 'metrics;10', 'net': 'Conv;4;2;relu',\n"
        "  'network_config': 'Res;4;1;relu', 'num_points': 16, 'points': 20},\n"
        " {'scenario': 'diff_burgers', 'num_spatial_dims': 2, 'num_channels': 3}]\n",
        ".py",
    )
    assert lines == [
        "config 2: expected a table of names and values, got str",
        "config 1, num_channels: expected the 1 of diff_adv, got 2",
        "config 3, network_config: expected net once, got it by two names",
        "config 3, callbacks: expected none, got 'metrics;10'; see log.jsonl for the losses",
        "config 4, num_channels: expected the 2 of diff_burgers, got 3",
        "config 3, set.points: expected points once, got it by two names",
    ]


def test_all_problems_are_found_at_once(wrong):
    lines = wrong(
        'net = ["Conv;34;10;rleu", "UNet;4;2;relu"]\ntrain = ["one", "two"]\nseeds = "ten"\n'
        'points = 3\n[[grid]]\nscenario = ["diff_adv", "diff_burgerz", "diff_ks"]\nupdates = 0\n'
        "[grid.set]\npionts = 3\n[[grid]]\n"
        'scenario = ["diff_adv", "diff_burgers"]\npatience = 100\ntrain = "sup;60"\n'
        "[grid.vary]\npoints = [30, 32]\n[[grid]]\n"
        'scenario = "diff_ks"\ndtype = "float16"\nset.order = 7\nnet = "FNO;4;4;1;relu"\n'
    )
    assert lines == [
        "unknown key 'points': a setting of the scenario belongs in the table set, or with a list "
        "of values in the table vary",
        "expected seeds as a number of 1 or more or a list of them, or start_seed and num_seeds, "
        "got seeds = 'ten'",
        "net \"Conv;34;10;rleu\": unknown activation 'rleu': did you mean relu or gelu?",
        next(line for line in lines if line.startswith("train \"two\": unknown training 'two': ")),
        "grid 1, scenario \"diff_burgerz\": unknown scenario 'diff_burgerz': did you mean "
        "diff_burgers or diff_burgers_sc or diff_four?",
        "grid 1, updates 0: updates: expected 1 or more, got 0",
        "grid 3, dtype \"float16\": dtype: expected float32 or float64, got 'float16'",
        "grid 1, pionts 3: unknown setting of diff_adv 'pionts': did you mean points?",
        "grid 1, pionts 3: unknown setting of diff_ks 'pionts': did you mean points?",
        "grid 2, diff_adv, patience 100: patience: expected a validation share above 0 to "
        "judge by, got 0 (4 times)",
        next(line for line in lines if line.startswith("grid 2, diff_adv, points 30, net")),
        'grid 2, diff_adv, train "sup;60": windows: expected trajectories of at least steps + 1 = '
        "61 snapshots and steps >= 1, got 51; lower the steps (4 times)",
        "grid 3, order 7: kuramoto_sivashinsky: expected order 0, 1, 2, 3 or 4, got 7",
    ]
    assert "divisible by 4" in lines[10]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected a scenario, got none"),
        ('scenario = "diff_adv"\nnett = "x"', "unknown key 'nett': did you mean net or set?"),
        ('scenario = "diff_adv"\nnet = []', "net: expected a text or a list of them, got an"),
        ('scenario = "diff_adv"\nnet = 3', "net: expected a text or a list of them, got 3"),
        ('scenario = "diff_adv"\nupdates = 3.0', "updates: expected an integer or a list of them"),
        ('scenario = "diff_adv"\nnoise = true', "noise: expected a number or a list of them"),
        ("scenario = 3", "scenario: expected a text or a list of them, got 3"),
        (SMALL + "seeds = 0", "got seeds = 0"),
        (SMALL + "seeds = []", "got seeds = []"),
        (SMALL + "seeds = [-1]", "got seeds = [-1]"),
        (SMALL + "seeds = [1.0]", "got seeds = [1.0]"),
        (SMALL + "seeds = 3\nnum_seeds = 3", "got seeds = 3, num_seeds = 3"),
        (SMALL + "num_seeds = 0", "got num_seeds = 0"),
        (SMALL + "name = 3", "name: expected a text without slashes, got 3"),
        (SMALL + 'name = "a/b"', "name: expected a text without slashes, got 'a/b'"),
        (SMALL + "grid = 3", "grid: expected tables [[grid]], got int"),
        (SMALL + "grid = []", "grid: expected tables [[grid]], got an empty list"),
        (SMALL + "set = 3", "set: expected a table of settings of the scenario, got 3"),
        (SMALL + "vary.dt = 3", "vary.dt: expected a list of values, got 3; else use set"),
        (SMALL + "vary.dt = []", "vary.dt: expected a list of values, got an empty list"),
        (SMALL + "set.dt = inf", "dt: expected finite numbers or a text, got inf"),
        (SMALL + "set.dt = 1979-05-27", "dt: expected finite numbers or a text, got"),
        (SMALL + "set.dt = [[1.0, nan]]", "dt: expected finite numbers or a text, got [[1.0, nan"),
        (SMALL + "set.dt = 1\nvary.dt = [1]", "dt: expected it in set or in vary, got it in both"),
        (SMALL + "[set]\nseeds = 3", "set.seeds: expected a setting of the scenario, got a key"),
        (SMALL + "set.key = 3", "key 3: unknown setting of diff_adv 'key'"),
        (SMALL + 'set.dt = "x"', 'dt "x": diff_adv: expected dt as float like 1.0'),
        (
            'scenario = "diff_kdv"\nset.dealias = 5',
            "dealias 5: dealias: expected a fraction in (0, 1], got 5.0",
        ),
        (SMALL + 'set.metrics = "mean_nRMSF"', 'diff_adv, metrics "mean_nRMSF": unknown metric'),
        (SMALL + "set.dims = 4", "dims 4: diff_adv: expected dims of 1, 2, 3, got 4"),
        (SMALL + "set.dims = 4\nset.points = [8, 8]", "dims 4"),
        (
            'scenario = "phy_poisson"\ntask = "correct;parallel"',
            'phy_poisson, task "correct;parallel": phy_poisson: expected an equation that evolves',
        ),
        (
            'scenario = "phy_unbal_adv"\nset.dims = 2\nset.points = 8\n'
            "set.advection_coef_vector = [1.0, 2.0, 3.0]",
            "advection_coef_vector [1.0, 2.0, 3.0]",
        ),
        (SMALL + "seeds = 1_000_000_000", f"expected at most {MOST_RUNS} runs in a study, got"),
    ],
)
def test_each_problem_is_one_line(wrong, text, expected):
    lines = wrong(text)
    assert len(lines) == 1, lines
    assert expected in lines[0]


def test_two_values_that_do_not_go_together_are_both_named(wrong):
    text = 'scenario = "diff_adv"\nnet = "FNO;30;4;1;relu"\nset.train_horizon = 3\n'
    lines = wrong(text + 'train = "sup;5"\n[vary]\npoints = [32, 64]\n')
    assert [line.partition(": ")[0] for line in lines] == [
        'diff_adv, points 32, net "FNO;30;4;1;relu"',
        'diff_adv, train_horizon 3, train "sup;5"',
    ]
    assert lines[1].endswith("(2 times)")


def test_two_values_with_one_problem_are_each_named(wrong):
    lines = wrong(SMALL + 'patience = 3\nselect = "best"\n')
    reason = "expected a validation share above 0 to judge by, got 0"
    assert sorted(lines) == [
        f"diff_adv, patience 3: patience: {reason}",
        f'diff_adv, select "best": select: {reason}',
    ]


def test_files_that_cannot_be_read(tmp_path):
    def refused(name, text=None):
        path = tmp_path / name
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(InvalidInput) as caught:
            Study.read(path)
        assert "\n" not in str(caught.value)
        return str(caught.value).replace(str(tmp_path), "")

    assert refused("a.toml").startswith("study: expected a file at /a.toml, got: No such file")
    assert refused("a.py").startswith("study: expected a file at /a.py, got: No such file")
    assert refused("a.yml", b"") == "study: expected a .toml or .py file, got '/a.yml'"
    assert refused("b.toml", b"\xff\xfe") == "/b.toml: expected a text in UTF-8, got other bytes"
    assert refused("c.toml", b'net = "a"\nseeds 3\n').startswith("/c.toml, line 2: expected TOML, ")
    assert refused("d.toml", b'a = 1\nnet = """\n').startswith("/d.toml, line 2: expected TOML, ")
    assert refused("e.py", b"a = 1\n\nb = a / 0\n") == (
        "/e.py, line 3: ZeroDivisionError: division by zero"
    )
    assert refused("f.py", b"a = 1\nb = (\n").startswith(
        "/f.py, line 2: SyntaxError: '(' was never"
    )
    assert refused("g.py", b"import json\n\njson.loads('{')\n").startswith(
        "/g.py, line 3: JSONDecodeError"
    )
    assert refused("h.py", b"import sys\nsys.exit(3)\n") == "/h.py, line 2: SystemExit: 3"
    assert refused("i.py", b"A = 1\n").endswith("or STUDY, a dict, got neither")
    assert refused("j.py", b"STUDY = {}\nCONFIGS = []\n").endswith("got CONFIGS and STUDY")
    assert refused("k.py", b"CONFIGS = []\n").endswith("as a list of dicts, got an empty list")
    assert refused("l.py", b"STUDY = 3\n").endswith("expected STUDY as a dict, got int")


@given(
    bad=st.lists(st.sampled_from(["Conv;4;2;rleu", "Cnv;4;2;relu", "Conv;4;relu"]), max_size=3),
    good=st.integers(1, 3),
    where=st.randoms(use_true_random=False),
    scenarios=st.integers(1, 3),
)
def test_a_wrong_value_is_one_line_wherever_it_stands(
    tmp_path_factory, bad, good, where, scenarios
):
    """The number of lines is that of different wrong values; without any there is the product."""
    nets = [*bad, *(f"Conv;{width};1;relu" for width in range(1, good + 1))]
    where.shuffle(nets)
    keys = ["diff_adv", "diff_diff", "diff_disp"][:scenarios]
    path = tmp_path_factory.mktemp("study") / "s.py"
    path.write_text(f"STUDY = { ({'scenario': keys, 'net': nets, 'seeds': 2})!r}")
    if bad:
        with pytest.raises(InvalidStudy) as caught:
            Study.read(path)
        assert len(caught.value.problems) == len(set(bad))
    else:
        assert len(Study.read(path).runs) == 2 * good * scenarios


def test_the_command_line_prints_the_first_problems(capsys):
    problems = Problems()
    for i in range(MOST + 13):
        problems.add(f"grid {i + 1}", "net", f"wrong\n  in way {i}")
        problems.add("grid 99", "net", f"wrong in way {i}")
    with pytest.raises(InvalidStudy) as caught:
        problems.complain()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.problems == caught.value.problems
    assert str(copy).splitlines() == list(copy.problems)
    assert complain(caught.value) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "xpde: grid 1, net: wrong in way 0 (2 times)"
    assert len(lines) == MOST + 1
    assert lines[-1] == "xpde: and 13 more"
