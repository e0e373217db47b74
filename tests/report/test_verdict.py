import pytest

from xpde.report import Record, verdict


def judge(make_store, statuses, **options):
    return verdict(Record.read(make_store(statuses, **options)))


def test_all_agree(make_store):
    found = judge(make_store, {"numpy": "ok", "jax": "ok", "torch": "ok"})
    assert found.good
    assert found.headline == "jax and torch agree with numpy at all 5 levels."
    assert found.sentences == ()


def test_disagreement_names_level_quantity_and_numbers(make_store):
    found = judge(make_store, {"numpy": "ok", "jax": "ok", "torch": "ok"}, disagree="torch")
    assert not found.good
    assert found.headline == "jax agrees with numpy at all 5 levels; torch does not."
    (sentence,) = found.sentences
    assert sentence == (
        "torch disagrees with numpy at training (loss differs by 4.0e-4, bound 1.0e-5)."
    )


@pytest.mark.parametrize(
    ("status", "good"), [("missing", True), ("failed", False), ("invalid", False)]
)
def test_a_backend_that_did_not_run_is_a_sentence(make_store, status, good):
    found = judge(make_store, {"numpy": "ok", "jax": "ok", "cupy": status})
    assert found.good is good
    assert "jax agrees with numpy" in found.headline
    assert found.sentences[0].startswith("cupy ")


def test_one_backend_alone(make_store):
    found = judge(make_store, {"numpy": "ok", "jax": "missing"})
    assert found.good
    assert found.headline == "Only numpy ran: nothing to compare it with."


def test_nothing_ran(make_store):
    found = judge(make_store, {"jax": "missing", "torch": "failed"})
    assert not found.good
    assert found.headline == "No backend ran to the end."
