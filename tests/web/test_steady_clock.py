"""The clock of a node: it follows that of the machine, and never goes back."""

from datetime import UTC, datetime, timedelta

from riskshed.web.steady_clock import SteadyClock

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A machine whose clock somebody may set, and whose seconds nobody may."""

    def __init__(self) -> None:
        self.at, self.s = NOON, 1000.0

    def __call__(self) -> datetime:
        return self.at

    def passes(self, s: float) -> None:
        self.at, self.s = self.at + timedelta(seconds=s), self.s + s


def steady(machine: Machine, speed: float = 1.0) -> SteadyClock:
    return SteadyClock(machine, speed, steady_s=lambda: machine.s)


def test_it_shows_what_the_machine_shows_while_that_goes_forward():
    machine = Machine()
    clock = steady(machine)
    for s in (0.0, 1.0, 3600.0):
        machine.passes(s)
        assert clock() == machine.at
        assert not clock.behind


def test_set_back_by_an_hour_it_goes_on_slowly_until_the_machine_has_caught_up():
    machine = Machine()
    clock = steady(machine)
    shown = [clock()]
    machine.at -= HOUR
    for _ in range(130):
        machine.passes(60)
        shown.append(clock())
    assert shown == sorted(shown)
    assert shown[10] == NOON + timedelta(minutes=5)
    assert shown[-1] == machine.at
    assert not clock.behind


def test_it_says_how_far_the_machine_lags_behind():
    machine = Machine()
    clock = steady(machine)
    clock()
    machine.at -= HOUR
    clock()
    assert clock.behind == HOUR


def test_a_start_after_the_clock_was_set_back_begins_where_the_log_ends():
    machine = Machine()
    clock = steady(machine)
    clock.begin_at(NOON + HOUR)
    assert clock() == NOON + HOUR
    assert clock.behind == HOUR


def test_what_lies_years_ahead_is_no_clock_that_was_set_back():
    machine = Machine()
    clock = steady(machine)
    clock.begin_at(NOON + timedelta(days=4000))
    assert clock() == NOON


def test_a_clock_of_a_replay_goes_on_in_its_own_pace():
    machine = Machine()
    clock = steady(machine, speed=600.0)
    clock()
    machine.at -= HOUR
    machine.s += 2
    assert clock() == NOON + timedelta(seconds=600)
