"""Say anything in any order, ask at any time, and see that the standing is a function of the set alone.

A machine (hypothesis, stateful) makes statements of every kind, by bodies that may and may not, in answer to
what is there, is not there yet, or is of another kind; drills among them; with clocks a day off. They come
out of order, late, twice, with another time of sight. In between it asks how things stand, now, earlier and
later, and compares four ways to the byte:

    the fold that was kept all along      with a fold that starts from nothing,
    in the order in which they came       with any other order, and each statement up to three times,
    all statements                        with those first seen by then, all others taken away,
    the actual                            with the actual alone, all drills taken away.

And it tries out what was not said yet: whether the fold says what it would say with that in it, and is the
same after as before.

    python -m governance.standing_campaign [--steps N] [--seed S]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, TERRITORY, TEXT, at, clock, join, noticed, opened, proposed, signed, warned
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from statements import PLAIN

from riskshed.governance.standing import Fold, Seen, Standing, of
from riskshed.governance.subjects import Flag
from riskshed.statement import Statement, StatementError, digest_text, make, seal
from riskshed.vocabulary import ANY, KINDS, Field
from riskshed.vocabulary_fields import COMPOSITES

BODIES = (SHANG, ZHONG, XIA, BASIN, PANG)
CODES = {
    "agreement": ("cast-river", "cast-lake"),
    "source": ("tank-1",),
    "task": ("boom", "samples"),
    "same_as": ("spill-1", "spill-2", "spill-3"),
    "desk": ("main",),
    "pack": ("cn-2024",),
    "officer": ("duty-1", "duty-2"),
}
SUBJECTS = ("spill-1", "spill-2", "spill-1", "spill-2", "spill-3", "cast-river", "tank-1")
DIGESTS = (TEXT, digest_text(b"another text"))
OFTEN = ("AgreementProposed", "AgreementSigned", "AgreementSigned", "IncidentOpened", "StatementWithdrawn")
STEPS_AT_A_TIME = 50
ANSWERED_BY = {name: [other.name for other in KINDS.values() if name in other.answers] for name in KINDS}


@dataclass
class Figures:
    """What a campaign did."""

    steps: int = 0
    questions: int = 0
    tried: int = 0
    objected: int = 0
    statements: int = 0
    worked_out: int = 0
    anew: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    subjects: Counter[str] = field(default_factory=Counter)


class Mouth:
    """Says anything; all that it draws follows from one number."""

    def __init__(self, number: int, said: Sequence[Statement], hours: float) -> None:
        self.draw = random.Random(number)
        self.said = said
        self.hours = hours

    def statement(self) -> Statement:
        """A statement of any kind that this vocabulary allows."""
        draw = self.draw
        target = draw.choice(self.said) if self.said and draw.random() < 0.5 else None
        fit = ANSWERED_BY[target.kind] if target else ()
        name = draw.choice(fit or (OFTEN if draw.random() < 0.3 else tuple(KINDS)))
        kind = KINDS[name]
        if not fit or draw.random() < 0.1:
            target = self._target(kind.answers) if kind.must_answer or draw.random() < 0.4 else None
        by = self._speaker(target)
        if name == "StatementWithdrawn" and target is not None and draw.random() < 0.8:
            by = target.by
        body: Any = {f.name: self._value(f) for f in kind.fields if f.required or draw.random() < 0.5}
        if name in ("BodyJoined", "BodyLeft") and draw.random() < 0.8:
            body["body"] = by
        common: dict[str, Any] = {"officer": draw.choice(CODES["officer"])}
        if draw.random() < 0.05:
            body = seal(name, body, salt=draw.randbytes(32))  # type: ignore[arg-type]
            common |= {"visibility": "sealed", "recipients": draw.sample(BODIES, 2)}
        if kind.about == "must" or (kind.about == "may" and draw.random() < 0.8):
            common["about"] = self._subject(target)
        if kind.answers and (kind.must_answer or target is not None):
            common["replies_to"] = target.id if target else PLAIN["statement"]
        drill = self._is_drill(target)
        issued = at(self.hours + draw.choice((0, 0, 0, 0, -1, 1, -24, 24)))
        return make(name, by=by, issued=issued, body=body, exercise=drill, **common)  # type: ignore[arg-type]

    def _is_drill(self, target: Statement | None) -> bool:
        """As what it answers, mostly; a share of its own mixes the two, so that it is met however many kinds
        there are."""
        chance = self.draw.random()
        if target is not None and chance < 0.98:
            return target.exercise if chance < 0.9 else not target.exercise
        return self.draw.random() < 0.12

    def _target(self, answers: Sequence[str]) -> Statement | None:
        if self.draw.random() < 0.1:
            return self.draw.choice(self.said) if self.said else None
        fit = [one for one in self.said if one.kind in answers or ANY in answers]
        return self.draw.choice(fit) if fit else None

    def _speaker(self, target: Statement | None) -> str:
        asked: list[str] = [target.by] if target else []
        if target is not None and target.body is not None:
            for name in ("to", "members", "of"):
                value = target.body.get(name, ())
                asked += value if isinstance(value, tuple) else [str(value)]
        asked = [one for one in asked if one in BODIES]
        return self.draw.choice(asked if asked and self.draw.random() < 0.8 else BODIES)

    def _subject(self, target: Statement | None) -> str:
        if target is not None and target.about is not None and self.draw.random() < 0.7:
            return target.about
        if self.said and self.draw.random() < 0.1:
            return self.draw.choice(self.said).id
        return self.draw.choice(SUBJECTS)

    def _value(self, field: Field) -> Any:
        if not field.many:
            return self._one(field)
        found = [self._one(field) for _ in range(self.draw.randint(1, 2))]
        return found[:1] if found[0] == found[-1] else found

    def _one(self, field: Field) -> Any:
        draw = self.draw
        if field.type == "code":
            return draw.choice(CODES.get(field.name, BODIES))
        if field.type == "statement":
            return draw.choice(self.said).id if self.said else PLAIN["statement"]
        if field.type == "time":
            return clock(self.hours + draw.choice((-30, -2, -1, 0, 1, 2, 5, 30)))
        if field.type == "choice":
            return draw.choice(field.choices[:4])
        if field.type == "yes_no":
            return draw.random() < 0.5
        if field.type == "digest":
            return DIGESTS[draw.random() < 0.05]
        if field.type == "decimal":
            return draw.choice(("0", "1"))
        if field.type == "whole":
            return max(field.low or 0, draw.randint(0, 3))
        if field.type in PLAIN:
            return PLAIN[field.type]
        parts = COMPOSITES.get(field.type, field.fields)
        return {part.name: self._one_or_more(part) for part in parts if part.required or draw.random() < 0.5}

    def _one_or_more(self, field: Field) -> Any:
        return self._value(field) if field.many else self._one(field)


def same_set(seen: Sequence[Seen], draw: random.Random) -> list[Seen]:
    """The same statements in another order, some of them again, with a later time of sight."""
    again = [Seen(one.statement, one.seen_at + timedelta(hours=draw.randint(0, 30))) for one in seen]
    more = [*seen, *draw.choices(again, k=2 * len(again))] if again else []
    draw.shuffle(more)
    return more


class Machine(RuleBasedStateMachine):
    """A record that grows, a fold beside it, and questions in between."""

    figures = Figures()

    def __init__(self) -> None:
        super().__init__()
        self.fold = Fold(territory=TERRITORY)
        self.first: dict[str, Seen] = {}
        self.said: list[Statement] = []
        self.back: list[Statement] = []
        self.hours = 0.0
        self.asked = 0

    @initialize(number=st.integers(0, 2**32 - 1))
    def begin(self, number: int) -> None:
        """All but one are on the record; one time in two an agreement is signed by all its members."""
        signatures = 2 if self._draw(number).random() < 0.5 else 1
        for code in BODIES[:-1]:
            self._see(join(code, -100.0), 0.0)
        text = proposed(-90.0, members=(SHANG, ZHONG))
        self.said = [opened(code="spill-1"), text, *signed(text, -80.0)[:signatures], noticed(), warned()]
        for said in self.said:
            self._see(said, 0.0)

    @rule(number=st.integers(0, 2**32 - 1))
    def say(self, number: int) -> None:
        """Bodies speak; one time in five nobody hears it for now."""
        draw = self._draw(number)
        for _ in range(draw.choice((1, 1, 2, 4, 12))):
            self.hours += draw.choice((0, 0, 1, 3))
            self._say(draw)

    def _say(self, draw: random.Random) -> None:
        try:
            said = Mouth(draw.getrandbits(32), self.said, self.hours).statement()
        except StatementError:
            return
        self.figures.statements += 1
        self.said.append(said)
        if draw.random() < 0.2:
            self.back.append(said)
        else:
            self._see(said, draw.choice((0.0, 0.0, 0.5, 14.0, 24.0)))

    @rule(number=st.integers(0, 2**32 - 1))
    def arrive(self, number: int) -> None:
        """Something comes late, or once more, or turns out to have been seen before."""
        draw = self._draw(number)
        if self.back and draw.random() < 0.7:
            self._see(self.back.pop(draw.randrange(len(self.back))), draw.choice((0.0, 5.0, 30.0)))
        elif self.said:
            self._see(draw.choice(self.said), draw.choice((-30.0, -1.0, 0.0, 10.0)))

    @rule(number=st.integers(0, 2**32 - 1))
    def ask(self, number: int) -> None:
        """How does it stand, and is it the same by every way?"""
        draw = self._draw(number)
        self.figures.questions += 1
        when = at(self.hours + draw.choice((0, 0, 0, 0, -5, -40, 40)))
        known = when + timedelta(hours=draw.choice((0, 0, 0, -10, 20)))
        drill = draw.random() < 0.2
        all_seen = list(self.first.values())
        before = self.fold.worked_out
        kept = self.fold.standing(when, known, exercise=drill)
        asked: dict[str, Any] = {"at": when, "known_at": known, "exercise": drill, "territory": TERRITORY}
        fresh = Fold(territory=TERRITORY)
        for one in same_set(all_seen, draw):
            fresh.add(one)
        same = fresh.standing(when, known, exercise=drill).to_bytes()
        assert kept.to_bytes() == same, "step by step, and from nothing in any order"
        by_then = [one for one in all_seen if one.seen_at <= known]
        assert of(by_then, **asked).to_bytes() == same, "what was seen later changes nothing"
        if not drill:
            actual = [one for one in by_then if not one.statement.exercise]
            assert subjects_of(of(actual, **asked)) == subjects_of(kept), "drills change nothing actual"
        self._count(kept, self.fold.worked_out - before, fresh.worked_out)

    @rule(number=st.integers(0, 2**32 - 1))
    def try_out(self, number: int) -> None:
        """Would this be set aside, and why? As if it were in it, and nothing is."""
        draw = self._draw(number)
        come = [one for one in (self._not_said(draw) for _ in range(draw.choice((1, 1, 2, 3)))) if one]
        when = at(self.hours + draw.choice((0, 0, 1, 40, -5)))
        known = when + timedelta(hours=draw.choice((0, 0, 0, -10, 20)))
        before = [self.fold.standing(when, known, exercise=drill).to_bytes() for drill in (False, True)]
        told = self.fold.objections(come, when, known)
        assert told == self._by_folding(come, when, known), "asked, and folded"
        after = [self.fold.standing(when, known, exercise=drill).to_bytes() for drill in (False, True)]
        assert after == before, "what was tried out leaves nothing"
        self.figures.tried += len(come)
        self.figures.objected += bool(told)

    def _not_said(self, draw: random.Random) -> Seen | None:
        """Something new, or one time in four something that was said, seen at another time."""
        if self.said and draw.random() < 0.25:
            said = draw.choice(self.said)
        else:
            try:
                said = Mouth(draw.getrandbits(32), self.said, self.hours).statement()
            except StatementError:
                return None
        return Seen(said, said.issued + timedelta(hours=draw.choice((0, 0, 0.5, 14, 24, -1, -30))))

    def _by_folding(self, come: Sequence[Seen], when: datetime, known: datetime) -> tuple[Flag, ...]:
        fresh = Fold(territory=TERRITORY)
        for one in self.first.values():
            fresh.add(one)
        for one in come:
            fresh.add(one)
            held = fresh.standing(when, known, exercise=one.statement.exercise)
            if one.statement.id in held.set_aside:
                return tuple(flag for flag in held.flags if flag.statement == one.statement.id)
        return ()

    def _draw(self, number: int) -> random.Random:
        """Draws that differ from step to step even where hypothesis gives the same small number."""
        self.figures.steps += 1
        self.asked += 1
        return random.Random(f"{number} {self.asked} {len(self.said)}")

    def _see(self, said: Statement, delay_h: float) -> None:
        seen = Seen(said, said.issued + timedelta(hours=delay_h))
        before = self.first.get(said.id)
        if before is None or seen.seen_at < before.seen_at:
            self.first[said.id] = seen
        self.fold.add(seen)

    def _count(self, standing: Standing, worked_out: int, anew: int) -> None:
        self.figures.worked_out += worked_out
        self.figures.anew += anew
        self.figures.flags.update(flag.code for flag in standing.flags)
        for name, part in vars(standing).items():
            if isinstance(part, dict) or hasattr(part, "items"):
                self.figures.subjects[name] += len(part)
        self.figures.subjects["in force"] += sum(
            one.status == "in_force" for one in standing.agreements.values()
        )


def subjects_of(standing: Standing) -> dict[str, Any]:
    """All but the flags, which may say that an answer is to a drill, and not that it is to nothing."""
    told = standing.to_json()
    del told["flags"]
    return told


def run(steps: int, number: int = 0) -> Figures:
    """About so many steps of the machine, all of which follow from the number; its figures."""
    figures = Machine.figures = Figures()
    while figures.steps < steps:
        # A run may be shorter than it may be: then the next number goes on.
        plan = settings(
            max_examples=max(1, (steps - figures.steps) // STEPS_AT_A_TIME),
            stateful_step_count=STEPS_AT_A_TIME,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(number)(type("Run", (Machine,), {})), settings=plan)
        number += 1
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    start = time.perf_counter()
    figures = run(given.steps, given.seed)
    print(f"{figures.steps} steps, seed {given.seed}: {time.perf_counter() - start:.0f} s")
    print(f"{figures.statements} statements, {figures.questions} questions, no two answers differ")
    print(f"{figures.tried} statements tried out, {figures.objected} objections, as with them folded in")
    print(f"worked out {figures.worked_out} conclusions step by step; anew it would be {figures.anew}")
    for title, counted in (("flags", figures.flags), ("subjects", figures.subjects)):
        print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counted.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
