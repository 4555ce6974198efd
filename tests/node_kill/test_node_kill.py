"""A few kills of a served node in the suite; `python -m node_kill.campaign` has the long campaign."""

from pathlib import Path

from node_kill.campaign import campaign
from node_kill.receiver import Post, Receiver


def test_a_node_that_is_killed_under_load_loses_nothing_and_says_nothing_twice(tmp_path: Path):
    told = campaign(2, seed=7, folder=tmp_path, alive_s=(1.0, 3.0))
    print(told.summary())
    assert told.wrong == []
    assert (told.readings_lost, told.readings_doubled) == (0, 0)
    assert (told.statements_lost, told.statements_doubled) == (0, 0)
    assert told.readings_answered > 0
    assert told.statements_answered > 0


def test_the_receiver_sees_a_post_that_comes_twice_in_one_life():
    receiver = Receiver(lambda: 0)
    receiver.posts += [Post("a", "1", 0), Post("b", "2", 0), Post("b", "2", 1), Post("a", "1", 0)]
    receiver.close()
    assert receiver.repeated() == (2, ["a"])
