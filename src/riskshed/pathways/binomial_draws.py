"""Binomial numbers for many members at once: from counters, exact where they are small, by whole vectors.

An epidemic asks for three binomial numbers for each city, day and member. Ready-made samplers draw one at a
time, and reject some: neither can be done for the lanes of a register together. Here a number is the quantile
of its distribution at one uniform number (inversion), so that every member does the same work:

- A mean of up to `RARE` (most days in most cities that are not yet reached): almost every member draws 0, and
  one comparison tells which may not. Those few are done one by one in float64 with a uniform number of 64
  bits. One of 32 bits has a floor of 2e-10, and cities that are reached once in a million would be lost.
- A mean below `SMALL`: the probabilities of 1, 2, 3 ... are taken off one after the other, all members in
  lock step, in float32. Error of the distribution function: at most 5e-7.
- From there on: the third-order expansion of Cornish & Fisher (1938, doi:10.2307/1400905) of the quantile
  around the normal one, with Sheppard's correction (variance less 1/12, fourth cumulant plus 1/120), since
  whole numbers are a smooth distribution rounded. Error of the distribution function: at most 6e-5 at a mean
  of `SMALL`, 3e-5 at 10 and falling. Without the correction it is 2e-3.

Uniform numbers are a function of (seed, stream, member, draw) alone: Threefry-2x32 with 13 rounds of Salmon
et al. 2011 (doi:10.1145/2063384.2063405). They count from the upper end (a small one is a large draw),
because floating point is finest near 0, and the upper tail is where the first case is. The same member, place
and day meets the same uniform number whatever is done about the harm, and the draw rises with its probability
and with its number of trials.

Bits are those of one build of the compiled loops: processors with other registers may differ in the last bit
of a float32, and so, rarely, in a draw. Any split of members over workers gives the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from riskshed.pathways.vector_code import FAST, ROW, Place, Row, constant, same

Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint32]
Singles = npt.NDArray[np.float32]

RARE = 1.0 / 16.0
"""Mean up to which members that draw more than 0 are done one by one."""
SMALL = 8.0
"""Mean from which on the expansion is used."""
WIDE = 4e6
"""Mean from which on float32 has no whole numbers to spare, and the draw is done in float64."""
MOST = 64
"""Most steps of a draw of a small mean, which is a large draw far beyond any chance."""

FINE = 2.0**-36
"""Uniform number below which probabilities are added up from the smallest."""

LOOP: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}

_ROUNDS = (13, 15, 26, 6, 17, 29, 16, 24, 13, 15, 26, 6, 17)


def _threefry(x0: Row, x1: Row, k0: Row, k1: Row) -> tuple[Row, Row]:
    """Two words of 32 bits out of a counter and a key of two words each (Threefry-2x32-13)."""
    keys = (k0, k1, k0 ^ k1 ^ 0x1BD11BDA)
    x0, x1 = x0 + k0, x1 + k1
    for number, bits in enumerate(_ROUNDS, 1):
        x0 = x0 + x1
        x1 = x1.turned(bits) ^ x0
        if number % 4 == 0:
            turn = number // 4
            x0, x1 = x0 + keys[turn % 3], x1 + keys[(turn + 1) % 3] + turn
    return x0, x1


def _log(x: Row) -> Row:
    """Natural logarithm of a float32 above 0, without a branch; relative error 2e-7."""
    bits = x.bits_as_ints()
    e = (bits - 0x3F3504F3).rows_down(23)
    m = (bits - (e << 23)).bits_as_floats() - 1.0
    p = _polynomial(m, _LOG)
    return m + (m * m) * (m * p - 0.5) + 0.69314718 * e.floats()


def _exp(x: Row) -> Row:
    """Exponential of a float32 from -80 to 0, without a branch; relative error 2e-7."""
    n = (x * 1.44269504 - 0.5).ints()
    g = (x - n.floats() * 0.693359375) + n.floats() * 2.12194440e-4
    p = _polynomial(g, _EXP)
    return (p * g * g + g + 1.0) * ((n + 127) << 23).bits_as_floats()


def _upper_normal(v: Row) -> Row:
    """The normal number that a share v of all exceeds: Giles (2010), single precision, both parts blended."""
    w = -_log(4.0 * v * (1.0 - v))
    middle = _polynomial(w - 2.5, _MIDDLE)
    tail = _polynomial(w.most(0.0).root() - 3.0, _TAIL)
    return 1.41421356 * (1.0 - 2.0 * v) * (w < 5.0).where(middle, tail)


def _share(x: Row, less: Row) -> Row:
    """``1 - exp(-x)`` of a float32 from 0 to 80, given ``exp(-x)``; relative error 2e-7."""
    near = 1.0 - x * (1 / 6.0) * (1.0 - x * (1 / 7.0))
    for part in (1 / 5.0, 1 / 4.0, 1 / 3.0, 0.5):
        near = 1.0 - x * part * near
    return (x < 0.25).where(x * near, 1.0 - less)


def _polynomial(x: Row, factors: tuple[float, ...]) -> Row:
    """Highest power first."""
    total = x * factors[0] + factors[1]
    for factor in factors[2:]:
        total = total * x + factor
    return total


# Of the Cephes library, single precision.
_LOG = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_EXP = (
    1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5,
)  # fmt: skip
_MIDDLE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


def _expanded(z: Row, mean: Row, p: Row) -> Row:
    """Quantile less mean, as a real number, at the normal number z (see the module)."""
    q = 1.0 - p
    v = mean * q
    g = 1.0 / (v - 1 / 12.0).root()
    s = (v - 1 / 12.0) * g
    skew, gg = v * (q - p), g * g
    l3 = skew * gg * g
    l4 = (v * (1.0 - 6.0 * p * q) + 1 / 120.0) * gg * gg
    l5 = skew * (1.0 - 12.0 * p * q) * gg * gg * g
    y = z * z
    w = z + l3 * (y - 1.0) * (1 / 6.0) + l4 * z * (y - 3.0) * (1 / 24.0)
    w = w - l3 * l3 * z * (2.0 * y - 5.0) * (1 / 36.0)
    w = w + l5 * ((y - 6.0) * y + 3.0) * (1 / 120.0)
    w = w - l3 * l4 * ((y - 5.0) * y + 2.0) * (1 / 24.0)
    w = w + l3 * l3 * l3 * ((12.0 * y - 53.0) * y + 17.0) * (1 / 324.0)
    return s * w


def _large(n: Row, few: Row, mean: Row, v: Row, keep: Callable[[Row], None]) -> None:
    builder = n.builder
    safe = mean.most(SMALL)
    off = _expanded(_upper_normal(v), safe, few)
    keep((off + safe + 0.5).ints())
    with builder.if_then((mean >= WIDE).any(), likely=False):
        keep((n.doubles() * few.doubles() + off.doubles() + 0.5).ints())


def _stepped(n: Row, rate: Row, few: Row, mean: Row, v: Row) -> Row:
    """Draws of a mean below `SMALL`, all members in step; the others get anything."""
    builder, here = n.builder, mean < SMALL
    x = here.where(n.floats() * rate, 0.0)
    odds = here.where(few / (1.0 - few), 0.0)
    mass = _exp(-x)
    first = (mass, _share(x, mass), here.where(n.floats(), 0.0) * odds, constant(builder, 0.0))
    slots = [cgutils.alloca_once_value(builder, row.value) for row in first]
    slot = cgutils.alloca_once_value(builder, ir.Constant(ir.FloatType(), 1.0))
    again, done = builder.append_basic_block("again"), builder.append_basic_block("done")
    builder.branch(again)
    builder.position_at_end(again)
    mass, above, times, count = (Row(builder, builder.load(place)) for place in slots)
    step = builder.load(slot)
    unit = ir.Constant(step.type, 1.0)
    for _ in range(2):
        count = count + (v < above).where(constant(builder, 1.0), 0.0)
        mass = mass * (times * same(builder, builder.fdiv(unit, step, flags=FAST)))
        above, times, step = above - mass, (times - odds).most(0.0), builder.fadd(step, unit)
    for place, row in zip(slots, (mass, above, times, count), strict=True):
        builder.store(row.value, place)
    builder.store(step, slot)
    short = builder.fcmp_ordered("<", step, ir.Constant(step.type, float(MOST)))
    builder.cbranch(builder.and_((v < above).any(), short), again, done)
    builder.position_at_end(done)
    return count.ints()


def _drawn(n: Row, rate: Row, p: Row, high: Row, put: Callable[[Row], None]) -> None:
    """One draw for each number of a row, of a mean that is not rare."""
    builder = n.builder
    v = (((high >> 1).floats() + 0.5) * 2.0**-31).least(0.99999994)
    often = p > 0.5
    slots = [cgutils.alloca_once_value(builder, row.value) for row in (p, rate, v)]
    # Where a thing more likely happens than not, those to whom it does not happen are drawn instead.
    with builder.if_then(often.any()):
        turned = (_exp(-rate), -_log(p), (1.0 - v).most(1e-9))
        for slot, row, plain in zip(slots, turned, (p, rate, v), strict=True):
            builder.store(often.where(row, plain).value, slot)
    few, rate, v = (Row(builder, builder.load(slot)) for slot in slots)
    mean = n.floats() * few
    slot = cgutils.alloca_once_value(builder, constant(builder, 0).value)

    def keep(row: Row) -> None:
        builder.store(row.value, slot)

    with builder.if_then((mean >= SMALL).any()):
        _large(n, few, mean, v, keep)
    with builder.if_then((mean < SMALL).any()):
        count = _stepped(n, rate, few, mean, v)
        keep((mean < SMALL).where(count, Row(builder, builder.load(slot))))
    found = Row(builder, builder.load(slot)).most(0).least(n)
    put(often.where(n - found, found))


@intrinsic  # type: ignore[untyped-decorator]
def _draw_row(_typing: Any, n: Any, rate: Any, p: Any, high: Any, out: Any, _at: Any) -> Any:
    """Draw a row from an index on; of a rare thing, only tell (a bit each) to whom it may happen."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        places = [Place(context, builder, signature.args[i], args[i], args[5]) for i in range(5)]
        n, rate, p, high = (place.read() for place in places[:4])
        hits = cgutils.alloca_once_value(builder, ir.Constant(ir.IntType(ROW), 0))
        many = (n.floats() * p > RARE).any()
        with builder.if_else(many) as (then, otherwise):
            with then:
                _drawn(n, rate, p, high, places[4].write)
            with otherwise:
                # The probability of 1 or more is at most the mean.
                hit = (high >> 1).floats() * 2.0**-31 <= n.floats() * rate * 1.0001 + 1e-9
                builder.store(builder.bitcast(hit.value, ir.IntType(ROW)), hits)
                places[4].write(constant(builder, 0))
        return builder.load(hits)

    return types.uint32(n, rate, p, high, out, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _fill_row(
    _typing: Any, member: Any, _stream: Any, _k0: Any, _k1: Any, high: Any, low: Any, _at: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        member, high, low = (Place(context, builder, signature.args[i], args[i], args[6]) for i in (0, 4, 5))
        stream, k0, k1 = (same(builder, args[i]) for i in (1, 2, 3))
        for place, row in zip((high, low), _threefry(member.read(), stream, k0, k1), strict=True):
            place.write(row)
        return context.get_dummy_value()

    word = types.uint32
    return types.none(member, word, word, word, high, low, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _share_row(_typing: Any, rate: Any, share: Any, _at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rate, share = (Place(context, builder, signature.args[i], args[i], args[2]) for i in (0, 1))
        x = rate.read()
        share.write(_share(x, _exp(-x)))
        return context.get_dummy_value()

    return types.none(rate, share, types.intp), generate


@njit(**LOOP)  # type: ignore[untyped-decorator]
def fill(member: Words, stream: int, k0: int, k1: int, high: Words, low: Words) -> None:  # pragma: no cover
    """Two words for each member; members are a multiple of `ROW`."""
    for at in range(0, member.size, ROW):
        _fill_row(member, np.uint32(stream), np.uint32(k0), np.uint32(k1), high, low, at)


@njit(**LOOP)  # type: ignore[untyped-decorator]
def shares(rate: Singles, share: Singles) -> None:  # pragma: no cover (compiled)
    """``1 - exp(-rate)`` of rates from 0 to 80; members are a multiple of `ROW`."""
    for at in range(0, rate.size, ROW):
        _share_row(rate, share, at)


@njit(**LOOP)  # type: ignore[untyped-decorator]
def one(n: int, rate: float, v: float) -> int:  # pragma: no cover (compiled)
    """One draw by inversion in float64: n trials of ``1 - exp(-rate)``, for a mean up to 1; at most `MOST`.

    What is drawn is the largest k with P(K >= k) > v, or 0. Probabilities are taken off from below as long as
    what is left of float64 is worth it; below `FINE` nothing would be left, and they are added from above.
    """
    if n <= 0 or rate <= 0.0:
        return 0
    mass, odds, k, most = math.exp(-n * rate), math.expm1(rate), 0, min(n, MOST)
    if v >= FINE:
        above = -math.expm1(-n * rate)
        while v < above and k < most:
            k += 1
            mass *= odds * (n - k + 1) / k
            above -= mass
        return k
    while k < most and mass > FINE * FINE:
        k += 1
        mass *= odds * (n - k + 1) / k
    above = mass
    while k > 0 and above <= v:
        mass *= k / (odds * (n - k + 1))
        k -= 1
        above += mass
    return k


@njit(**LOOP)  # type: ignore[untyped-decorator]
def draw(
    n: Ints, rate: Singles, p: Singles, high: Words, low: Words, out: Ints
) -> None:  # pragma: no cover (compiled)
    """Binomial numbers of n trials of probability p, one for each member.

    Parameters
    ----------
    n : (member,) int32
        At least 0; members are a multiple of `ROW`.
    rate, p : (member,) float32
        ``p = 1 - exp(-rate)``, with a rate from 0 to 80.
    high, low : (member,) uint32
        Of `fill`.
    out : (member,) int32
        What is drawn; not n itself.
    """
    for at in range(0, n.size, ROW):
        hits = _draw_row(n, rate, p, high, out, at)
        m = at
        while hits:
            if hits & 1:
                v = (np.float64(high[m]) + (np.float64(low[m]) + 0.5) * 2.0**-32) * 2.0**-32
                out[m] = one(np.int64(n[m]), np.float64(rate[m]), v)
            hits = np.uint32(hits >> 1)
            m += 1
