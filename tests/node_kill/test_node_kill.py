"""A few kills of a served node in the suite; `python -m node_kill.campaign` has the long campaign."""

import socket
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


def twice(*posts: Post) -> tuple[int, list[str]]:
    receiver = Receiver()
    receiver.posts += posts
    receiver.close()
    again, wrong = receiver.repeated()
    return again, [one.split()[0] for one in wrong]


def test_what_was_under_way_when_the_node_died_may_come_once_more():
    assert twice(
        Post("x", "a", "1", 1), Post("x", "b", "2", 1), Post("x", "b", "2", 2), Post("x", "c", "3", 2)
    ) == (1, [])
    assert twice(Post("x", "a", "1", 1), Post("x", "a", "1", 3)) == (1, [])  # the second life was too short


def test_a_post_that_comes_twice_in_one_life_is_seen():
    assert twice(Post("x", "a", "1", 1), Post("x", "b", "2", 1), Post("x", "a", "1", 1)) == (1, ["a"])


def test_a_post_whose_receipt_was_noted_and_that_comes_again_after_a_death_is_seen():
    assert twice(Post("x", "a", "1", 1), Post("x", "b", "2", 1), Post("x", "a", "1", 2)) == (1, ["a"])
    assert twice(
        Post("x", "a", "1", 1), Post("x", "a", "1", 2), Post("x", "b", "2", 2), Post("x", "a", "1", 3)
    ) == (2, ["a"])


def test_hooks_are_judged_each_for_itself():
    assert twice(Post("x", "a", "1", 1), Post("y", "b", "2", 1), Post("x", "a", "1", 2)) == (1, [])
    assert twice(Post("x", "a", "1", 1), Post("y", "a", "1", 1)) == (0, [])


def test_a_post_that_comes_again_with_other_content_is_seen():
    assert twice(Post("x", "a", "1", 1), Post("x", "a", "9", 2)) == (1, ["a"])


def test_a_post_that_a_death_cuts_short_told_nobody():
    receiver = Receiver()
    try:
        head = b"POST /hook/x HTTP/1.1\r\nHost: x\r\nRiskshed-Statement: a\r\nContent-Length: 4\r\n\r\n"
        for content in (b"", b"wh", b"what"):
            with socket.create_connection(receiver.server.server_address[:2]) as line:
                line.sendall(head + content)
                line.shutdown(socket.SHUT_WR)
                line.settimeout(10.0)
                answered = line.recv(100)
            assert bool(answered) == (len(content) == 4)
        assert [(one.body, one.id) for one in receiver.posts] == [("x", "a")]
    finally:
        receiver.close()
