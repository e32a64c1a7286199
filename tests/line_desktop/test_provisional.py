"""What is said of labels that their run has not confirmed yet."""

from line_desktop.provisional import PROVISIONAL, unconfirmed
from line_desktop.store.rows import Claim


def claims(*reasons):
    return [Claim(number, 1, number, "cat", 1, "", None, "line", "start", reason) for number, reason in enumerate(reasons)]


def test_nothing_is_said_where_every_label_is_confirmed_or_by_another_tool():
    assert not list(unconfirmed([]))
    assert not list(unconfirmed(claims("", "similarity 0.18")))


def test_one_sentence_says_how_many_and_what_to_do():
    (one,) = unconfirmed(claims("", PROVISIONAL, "similarity 0.18"))
    assert one.startswith("1 of 3 labels is provisional: the run that found it has not confirmed it")
    assert "Go on with that run first" in one
    (two,) = unconfirmed(claims(PROVISIONAL, PROVISIONAL))
    assert two.startswith("2 of 2 labels are provisional: the run that found them has not confirmed them")
    (alone,) = unconfirmed(claims(PROVISIONAL))
    assert alone.startswith("The label is provisional: the run that found it")
    (many,) = unconfirmed(claims(*[PROVISIONAL] * 1200, *[""] * 300))
    assert many.startswith("1,200 of 1,500 labels are provisional")
