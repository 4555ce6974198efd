"""Which warnings stand: ten thousand histories, and another method that must come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from cap_messages import NOW, info, update_of, warning

from riskshed.exchange.cap import Alert, Info
from riskshed.exchange.cap_active import active, standing_infos
from riskshed.exchange.cap_alert import moment_text

HISTORIES = 10_000
START = datetime(2024, 5, 1, tzinfo=UTC)
ZONES = (UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30)))
BARE = {"areas": (), "language": None}


def at(hour: int, random: Random) -> str:
    """The same hour, in the words of any zone."""
    return moment_text((START + timedelta(hours=hour)).astimezone(random.choice(ZONES)))


def some_infos(hour: int, random: Random) -> tuple[Info, ...]:
    ends = [random.choice((None, *range(hour + 1, hour + 9))) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    return tuple(info(**BARE, expires=None if end is None else at(end, random)) for end in ends)


def history(random: Random) -> list[Alert]:
    """Messages of two senders within a day, with links of all sorts, right and wrong."""
    told: list[tuple[int, Alert]] = []
    for number in range(random.randint(1, 12)):
        hour = random.randint(0, 12)
        msg_type = random.choice(("Alert", "Update", "Update", "Cancel")) if told else "Alert"
        named = random.sample(told, random.randint(1, min(3, len(told)))) if msg_type != "Alert" else []
        texts = [
            f"{one.sender},{one.identifier},{at(then, random)}"
            if random.random() < 0.95
            else f"x,{number},{at(0, random)}"
            for then, one in named
        ]
        sender = named[0][1].sender if named and random.random() < 0.9 else random.choice("ab")
        alert = warning(
            identifier=f"m{number}",
            sender=sender,
            sent=at(hour, random),
            status=random.choice(("Actual", "Actual", "Actual", "Exercise")),
            msg_type=msg_type,
            references=" ".join(texts) or None,
            infos=() if random.random() < 0.1 else some_infos(hour, random),
        )
        told.append((hour, alert))
    return [alert for _, alert in told]


def disturbed(alerts: list[Alert], random: Random) -> list[Alert]:
    """The same in another order, some twice."""
    more = alerts + random.choices(alerts, k=random.randint(0, 4))
    random.shuffle(more)
    return more


def by_the_hour(alerts: list[Alert], now: datetime) -> set[tuple[str, str]]:
    """The oracle: a clock that goes from hour to hour, and a board on which papers are put up and taken down.

    It shares nothing with `active` but the texts. Papers that go up within an hour are up before any of
    that hour is taken down, and a paper that was taken down never goes up again.
    """
    told = {one.identifier: one for one in alerts}.values()
    board: dict[str, Alert] = {}
    for hour in range(int((now - START).total_seconds() // 3600) + 1):
        clock = START + timedelta(hours=hour)
        fresh = [one for one in told if datetime.fromisoformat(one.sent) == clock]
        board |= {one.identifier: one for one in fresh if one.msg_type in ("Alert", "Update")}
        for one in fresh:
            for text in (one.references or "").split() if one.msg_type != "Alert" else []:
                sender, identifier, sent = text.split(",")
                paper = board.get(identifier)
                if (
                    paper is not None and identifier != one.identifier
                    and (paper.sender, paper.status) == (one.sender, one.status) and sender == one.sender
                    and datetime.fromisoformat(paper.sent) == datetime.fromisoformat(sent)
                ):  # fmt: skip
                    del board[identifier]
        for identifier, one in list(board.items()):
            ends = [datetime.fromisoformat(part.expires) if part.expires else None for part in one.infos]
            if ends and all(end is not None and end <= clock for end in ends):
                del board[identifier]
    return {(one.sender, one.identifier) for one in board.values()}


def campaign(
    histories: int, seed: int = 1
) -> Iterator[tuple[int, set[tuple[str, str]], set[tuple[str, str]]]]:
    """So many histories, some with messages missing: number, what stands, and what should."""
    for number in range(histories):
        random = Random(f"{seed} {number}")
        alerts = history(random)
        kept = [one for one in alerts if random.random() < 0.9]
        now = START + timedelta(hours=random.randint(0, 24))
        told = active(disturbed(kept, random) if kept else [], now)
        assert len({one.key for one in told}) == len(told), "a message twice"
        yield number, {one.key for one in told}, by_the_hour(kept, now)


def test_ten_thousand_histories_end_as_the_oracle_says() -> None:
    wrong, standing = [], 0
    for number, told, wanted in campaign(HISTORIES):
        standing += len(told)
        if told != wanted:
            wrong.append(number)
    assert not wrong
    assert standing > HISTORIES, "so few stand that nothing was tried"


def test_the_order_of_arrival_changes_nothing() -> None:
    random = Random(5)
    for _ in range(200):
        alerts = history(random)
        assert active(alerts, NOW) == active(disturbed(alerts, random), NOW)


def test_an_update_takes_the_place_of_what_it_names() -> None:
    first = warning()
    second = update_of(first)
    assert active([second, first], NOW) == (second,)


def test_an_update_that_is_not_yet_sent_takes_no_place() -> None:
    first = warning()
    later = update_of(first, sent=moment_text(NOW + timedelta(hours=1)))
    assert active([first, later], NOW) == (first,)


def test_a_cancelled_update_does_not_bring_back_what_it_replaced() -> None:
    first = warning()
    second = update_of(first)
    end = update_of(second, "Cancel", identifier="end")
    assert active([first, second, end], NOW) == ()


def test_a_cancel_whose_update_is_missing_leaves_the_first_standing() -> None:
    first = warning()
    end = update_of(update_of(first), "Cancel", identifier="end")
    assert active([first, end], NOW) == (first,)


def test_an_exercise_withdraws_no_warning() -> None:
    first = warning()
    assert first in active([first, update_of(first, "Cancel", status="Exercise")], NOW)


def test_another_sender_withdraws_nothing() -> None:
    first = warning()
    assert first in active([first, update_of(first, "Cancel", sender="zhong.example")], NOW)


def test_a_link_holds_whatever_zone_its_time_is_written_in() -> None:
    first = warning()
    local = moment_text(first.sent_at.astimezone(ZONES[1]))
    end = update_of(first, "Cancel", references=str(first.reference._replace(sent=local)))
    assert active([first, end], NOW) == ()


def test_two_messages_of_one_name_are_chosen_by_their_words_and_not_by_their_order() -> None:
    one, other = warning(note="a"), warning(note="b")
    assert active([one, other], NOW) == active([other, one], NOW)


def test_a_warning_stands_while_one_of_its_infos_does() -> None:
    soon, late = (info(expires=moment_text(NOW + timedelta(hours=hours))) for hours in (1, 2))
    both = warning(infos=(soon, late))
    assert active([both], NOW + timedelta(hours=1)) == (both,)
    assert standing_infos(both, NOW + timedelta(hours=1)) == (late,)
    assert active([both], NOW + timedelta(hours=2)) == ()


def test_a_warning_without_an_end_stands_until_it_is_taken_back() -> None:
    forever = warning(infos=(info(expires=None),))
    assert active([forever], NOW + timedelta(days=3650)) == (forever,)
