"""What a body sends of its stations: read whole or not at all, only of its own, and handed to the intake.

The interface, its hot path (`readings_door`), the page and the feeds all come this way, so that the same
words meet the same rules. A body may send what the stations show that it runs or that lie in its city; the
body that runs the node, which coordinates, may send everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime

from riskshed.errors import Fault, InputFaults
from riskshed.exchange import readings
from riskshed.signals import Signal
from riskshed.stations import Stations
from riskshed.thresholds import Thresholds
from riskshed.web.intake import Intake, Taken
from riskshed.web.node import Node
from riskshed.web.problem import ApiError

ACTION = "readings.add"
NOT_YOURS = "readings.not_yours"
FAULTS_MAX = 100
Reader = Callable[..., tuple[Signal, ...]]

READERS: Mapping[str, Reader] = {
    "one": readings.of_json,
    "batch": readings.of_batch,
    "csv": readings.of_csv,
}
"""How each form is read."""
MEDIA_TYPES: Mapping[str, str] = {"one": "application/json", "batch": "application/json", "csv": "text/csv"}
BYTES_MAX: Mapping[str, int] = {
    "one": readings.ONE.bytes,
    "batch": readings.BATCH.bytes,
    "csv": readings.UPLOAD.bytes,
}


def thresholds(node: Node) -> Thresholds:
    """The thresholds and stations of a node; errors as of `Node.thresholds`."""
    return node.thresholds


def stations_of(node: Node, body: str) -> tuple[str, ...]:
    """Ids of the stations of which a body may send readings."""
    stations = thresholds(node).stations
    return tuple(place for place in stations.by_id if _is_of(node, stations, place, body))


def read(form: str, data: bytes, node: Node, body: str, *, where: str = "") -> tuple[Signal, ...]:
    """The readings in what was sent, if all of them are of stations of this body.

    Parameters
    ----------
    form : {"one", "batch", "csv"}
    data : bytes
    node : Node
    body : str
        Who sends them.
    where : str
        What to call it in messages.

    Raises
    ------
    InputFaults
        ``readings.faults``: it cannot be read; ``readings.not_yours``: another body speaks of a station.
    """
    stations, arrived = thresholds(node).stations, node.now()
    more = {"where": where} if where else {}
    signals = READERS[form](data, stations, arrived, **more)
    check_own(signals, node, body)
    return signals


def check_form(content_type: str, length: int, form: str) -> None:
    """Raise ApiError 415 or 413 for what is sent as another form, or is too large for it."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != MEDIA_TYPES[form]:
        told = f"this takes {MEDIA_TYPES[form]}, and not {media_type[:80] or 'what has no type'}"
        raise ApiError(415, "body.media_type", told, todo=f"Send Content-Type: {MEDIA_TYPES[form]}.")
    if length > BYTES_MAX[form]:
        told = f"the body has {length:,} bytes; at most {BYTES_MAX[form]:,} are taken"
        raise ApiError(413, "body.too_large", told, todo="Send it in smaller parts.")


def check_own(signals: Sequence[Signal], node: Node, body: str) -> None:
    """Raise InputFaults ``readings.not_yours`` if one of them is of a station of somebody else."""
    stations = thresholds(node).stations
    places = dict.fromkeys(one.place for one in signals)
    others = [place for place in places if not _is_of(node, stations, place, body)]
    if others:
        faults = [
            Fault(NOT_YOURS, "readings", None, "place", place, f"a station of {body}, or in its city",
                  "Let the body that runs the station send it.")
            for place in others[:FAULTS_MAX]
        ]  # fmt: skip
        raise InputFaults(NOT_YOURS, f"{body} may not speak of these stations; nothing was taken", faults)


def _is_of(node: Node, stations: Stations, place: str, body: str) -> bool:
    one = stations.station(place)
    return body in (one.body, one.city, node.profile.body)


def submit(
    intake: Intake, form: str, data: bytes, node: Node, body: str, sender: str, *, where: str = ""
) -> tuple[Future[Taken], datetime]:
    """Read it and hand it in: what becomes of it, and when it arrived. Errors as `read`, `Intake.submit`."""
    signals = read(form, data, node, body, where=where)
    arrived = signals[0].known_at if signals else node.now()
    return intake.submit(signals, body, sender), arrived


def answer(taken: Taken, arrived: datetime) -> tuple[int, dict[str, object]]:
    """Status and content of the answer to the sender: 201 if anything was new, else 200."""
    told: dict[str, object] = {
        "accepted": taken.accepted,
        "duplicates": taken.duplicates,
        "arrived": arrived.isoformat(timespec="milliseconds"),
    }
    return 201 if taken.accepted else 200, told
