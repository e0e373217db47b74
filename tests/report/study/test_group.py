from xpde.report.study import StudyRecord

NET = ("Conv;8;2;relu",)


def test_a_problem_is_scenario_settings_and_task(make_study, made_runs):
    problems = (("diff_adv", {"points": 32}), ("diff_adv", {"points": 48}), ("diff_burgers", {}))
    folder = make_study(made_runs(problems, seeds=1), dict.fromkeys(range(9), "missing"))
    groups = StudyRecord.read(folder).groups
    assert [g.title for g in groups] == ["diff_adv, points 32", "diff_adv, points 48",
                                         "diff_burgers"]  # fmt: skip
    assert [g.name for g in groups] == ["diff_adv", "diff_adv-2", "diff_burgers"]


def test_series_differ_in_more_than_seeds(record):
    for group in record.groups:
        assert [s.label for s in group.series] == ["Conv;8;2;relu", "UNet;4;1;relu",
                                                   "FNO;4;4;1;gelu"]  # fmt: skip
        assert all(len(s.runs) == 3 for s in group.series)
        assert sorted(run for s in group.series for run in s.runs) == sorted(group.runs["run"])


def test_what_varies_is_in_the_label(make_study, made_runs):
    from dataclasses import replace

    plain = made_runs((("diff_adv", {"points": 32}),), NET, ("one", "sup;2"), 1)
    runs = [*plain, replace(plain[0], noise=0.01)]
    group = StudyRecord.read(make_study(runs, dict.fromkeys(range(3), "missing"))).groups[0]
    variants = {s.variant for s in group.series}
    assert variants == {"one · noise 0.0", "sup;2 · noise 0.0", "one · noise 0.01"}
    assert len({s.dashes for s in group.series}) == 3
    assert len({s.color for s in group.series}) == 1


def test_a_network_has_one_color_in_all_problems(record):
    first, second = record.groups
    assert [s.color for s in first.series] == [s.color for s in second.series]
    assert len({s.color for s in first.series}) == 3


def test_optimizers_are_told_apart_by_what_differs(make_study, made_runs):
    from dataclasses import replace

    plain = made_runs((("diff_adv", {"points": 32}),), NET, seeds=1)[0]
    optimizers = ("adam;100;constant;1e-3", "adam;100;constant;3e-3")
    runs = [replace(plain, optimizer=text, updates=None) for text in optimizers]
    group = StudyRecord.read(make_study(runs, dict.fromkeys(range(2), "missing"))).groups[0]
    assert [s.variant for s in group.series] == ["adam;…;1e-3", "adam;…;3e-3"]
    assert [s.columns["optim"] for s in group.series] == list(optimizers)
