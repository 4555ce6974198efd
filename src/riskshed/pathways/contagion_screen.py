"""An outbreak without chance: the expected course of an epidemic, to look over many plans at once.

The mean field of `contagion`: the same stages, shares of contacts and days, with expected numbers in place of
drawn ones. It says how large an outbreak grows that has taken hold, for the cost of a thousandth of an
ensemble. It does not know that an outbreak may die out by itself, so it is right about the first case only in
the order of the cities: their time is where the expected infections so far come to one.

With treatments that only tighten, infections so far are never more on any day in any city than without them,
if the treatment is of contacts: infecting less, and later, moves every infection to a later day (a renewal
equation with a kernel that does not rise with the day of infection). Where a treatment ends, an infection may
be moved to a time of more contacts, and nothing is promised. Travel that is cut is spent at home: there, it
may add some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from riskshed.pathways import travel_network
from riskshed.pathways.outbreak import Outbreak
from riskshed.pathways.travel_network import DAY_S, TravelNetwork
from riskshed.pathways.treatment import Floats, accept
from riskshed.region import Region


@dataclass(frozen=True, eq=False)
class Screened:
    """The expected course.

    Attributes
    ----------
    cities : tuple of str
    infectious, infected : (city, time)
        Expected infectious people, and all infected so far, at the end of each day, the begin first.
    stages : (stage + 2, city)
        Susceptible, each stage, recovered, at the end.
    """

    cities: tuple[str, ...]
    infectious: Floats
    infected: Floats
    stages: Floats

    @property
    def arrival_s(self) -> Floats:
        """When the expected infections so far come to one, s after the begin, (city,); infinity for never."""
        over = self.infected >= 1.0
        return np.where(over.any(axis=1), over.argmax(axis=1) * DAY_S, np.inf)


def screen(region: Region, source: Outbreak, *, days: int, treatments: Sequence[object] = ()) -> Screened:
    """The expected course of an outbreak, with the medians of what is supposed.

    Raises
    ------
    InputFaults
        As `contagion.spread`.
    """
    acts = accept(
        treatments,
        pathway="contagion",
        effects=("cut_travel", "reduce_contact"),
        has=partial(travel_network.has_target, region),
    )
    network = travel_network.of_region(
        region, origin=source.begins, days=days, visit_d=source.visit_d, treatments=acts,
        with_cities=tuple(source.infected),
    )  # fmt: skip
    return course(network, source)


def course(network: TravelNetwork, source: Outbreak) -> Screened:
    """The expected course on a network."""
    leave = np.array([-np.expm1(-1.0 / source.supposed[key].median) for key in source.stages])[:, None]
    sheds = np.array([key != "exposed_d" for key in source.stages])
    beta = source.supposed["reproduction"].median / (1.0 / leave[sheds]).sum()
    people = network.people.astype(np.float64)
    susceptible, recovered = people.copy(), np.zeros_like(people)
    inside = np.zeros((leave.size, people.size))
    for code, median in source.infected.items():
        row = network.row(code)
        inside[-1, row] = min(median, people[row])
        susceptible[row] -= inside[-1, row]
    infectious, infected = [inside[sheds].sum(axis=0)], [people - susceptible]
    shares = {int(k): network.shares(int(np.argmax(network.segment == k))) for k in set(network.segment)}
    for day in range(network.segment.size):
        force = beta * (shares[int(network.segment[day])] @ (infectious[-1] / people))
        came = susceptible * -np.expm1(-force)
        went = inside * leave
        susceptible -= came
        inside += np.vstack([came[None], went[:-1]]) - went
        recovered += went[-1]
        infectious.append(inside[sheds].sum(axis=0))
        infected.append(people - susceptible)
    return Screened(
        tuple(city.code for city in network.cities), np.stack(infectious, axis=1), np.stack(infected, axis=1),
        np.vstack([susceptible[None], inside, recovered[None]]),
    )  # fmt: skip
