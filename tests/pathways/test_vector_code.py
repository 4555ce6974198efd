"""Rows of numbers in registers: each operator does to all at once what numpy does to an array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from riskshed.pathways.vector_code import ROW, Place, Row, constant, same

Operator = Callable[[Row, Row], Row]
AT, ROOM = 3, 5
"""Rows are read and written from an index on that no register is aligned with; there is room behind."""

draw = np.random.default_rng(7)
ONE = draw.integers(-(2**31), 2**31, AT + ROW + ROOM).astype(np.int32)
OTHER = draw.integers(-(2**31), 2**31, AT + ROW + ROOM).astype(np.int32)
OTHER[AT : AT + 4] = ONE[AT : AT + 4]  # some are the same
ONE[AT + 4 : AT + 7] = 0, -1, -(2**31)
X = draw.uniform(-1000, 1000, ONE.size).astype(np.float32)
Y = draw.uniform(0.5, 1000, ONE.size).astype(np.float32)
Y[AT : AT + 4] = np.abs(X[AT : AT + 4])
X[AT : AT + 2] = Y[AT : AT + 2]


def _truth(row: Row) -> Row:
    return row.where(constant(row.builder, 1), 0)


# name: what is written for a row, what numpy says
INTS: Mapping[str, tuple[Operator, Callable[[Any, Any], Any]]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "add a number": (lambda a, _: 5 + a, lambda a, _: a + np.int32(5)),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b),
    "subtract from a number": (lambda a, _: 7 - a, lambda a, _: np.int32(7) - a),
    "multiply": (lambda a, b: a * b, lambda a, b: a * b),
    "negate": (lambda a, _: -a, lambda a, _: -a),
    "exclusive or": (lambda a, b: a ^ b, lambda a, b: a ^ b),
    "or": (lambda a, b: a | b, lambda a, b: a | b),
    "shift up": (lambda a, _: a << 7, lambda a, _: a << np.int32(7)),
    "shift down": (lambda a, _: a >> 7, lambda a, _: (a.view(np.uint32) >> np.uint32(7)).view(np.int32)),
    "shift down with the sign": (lambda a, _: a.rows_down(7), lambda a, _: a >> np.int32(7)),
    "turn": (
        lambda a, _: a.turned(13),
        lambda a, _: ((a.view(np.uint32) << np.uint32(13)) | (a.view(np.uint32) >> np.uint32(19))).view(
            np.int32
        ),
    ),
    "less": (lambda a, b: _truth(a < b), lambda a, b: a < b),
    "more": (lambda a, b: _truth(a > b), lambda a, b: a > b),
    "at most": (lambda a, b: _truth(a <= b), lambda a, b: a <= b),
    "at least": (lambda a, b: _truth(a >= b), lambda a, b: a >= b),
    "where": (lambda a, b: (a < b).where(a, 9), lambda a, b: np.where(a < b, a, 9)),
    "least": (lambda a, b: a.least(b), np.minimum),
    "most": (lambda a, b: a.most(b), np.maximum),
    "constant": (lambda a, _: constant(a.builder, -4), lambda a, _: np.full_like(a, -4)),
    "bits": (lambda a, _: a.bits_as_floats().bits_as_ints(), lambda a, _: a),
}
FLOATS: Mapping[str, tuple[Operator, Callable[[Any, Any], Any]]] = {
    "add": (lambda x, y: x + y, lambda x, y: x + y),
    "subtract": (lambda x, y: x - y, lambda x, y: x - y),
    "subtract from a number": (lambda x, _: 1.0 - x, lambda x, _: np.float32(1) - x),
    "multiply": (lambda x, y: 0.5 * x * y, lambda x, y: np.float32(0.5) * x * y),
    "negate": (lambda x, _: -x, lambda x, _: -x),
    "less": (lambda x, y: (x < y).where(x, 0.0), lambda x, y: np.where(x < y, x, 0)),
    "at least": (lambda x, y: (x >= y).where(x, 0.0), lambda x, y: np.where(x >= y, x, 0)),
    "least": (lambda x, y: x.least(y), np.minimum),
    "most": (lambda x, y: x.most(y), np.maximum),
    "towards zero": (lambda x, _: x.ints().floats(), lambda x, _: np.trunc(x)),
    "the bit of the sign": (lambda x, _: (x.bits_as_ints() >> 31).floats(), lambda x, _: x < 0),
    "constant": (lambda x, _: constant(x.builder, 0.25), lambda x, _: np.full_like(x, 0.25)),
}
# The compiler may divide and draw roots with an error in the last bits.
NEARLY: Mapping[str, tuple[Operator, Callable[[Any, Any], Any]]] = {
    "divide": (lambda x, y: x / y, lambda x, y: x / y),
    "divide a number": (lambda _, y: 3.0 / y, lambda _, y: np.float32(3) / y),
    "root": (lambda _, y: y.root(), lambda _, y: np.sqrt(y)),
}


def written(operators: Mapping[str, tuple[Operator, Any]], one: Any, other: Any) -> dict[str, Any]:
    """What the operators make of two rows, all compiled at once: whole arrays, of which a row is written."""

    @intrinsic  # type: ignore[untyped-decorator]
    def rows(_typing: Any, one: Any, other: Any, out: Any, _at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            a, b = (Place(context, builder, signature.args[k], args[k], args[3]).read() for k in (0, 1))
            for number, (operator, _) in enumerate(operators.values()):
                at = builder.add(args[3], ir.Constant(args[3].type, number * one_size))
                Place(context, builder, signature.args[2], args[2], at).write(operator(a, b))
            return context.get_dummy_value()

        return types.none(one, other, out, types.intp), generate

    @njit  # type: ignore[untyped-decorator]
    def run(one: Any, other: Any, out: Any, at: int) -> None:  # pragma: no cover (compiled)
        rows(one, other, out, at)

    one_size = one.size
    out = np.full(one.size * len(operators), 77, dtype=one.dtype)
    run(one, other, out, AT)
    return dict(zip(operators, out.reshape(len(operators), -1), strict=True))


@pytest.fixture(scope="module")
def ints() -> dict[str, Any]:
    return written(INTS, ONE, OTHER)


@pytest.fixture(scope="module")
def floats() -> dict[str, Any]:
    return written({**FLOATS, **NEARLY}, X, Y)


def row(array: Any) -> Any:
    return array[AT : AT + ROW]


@pytest.mark.parametrize("name", INTS)
def test_whole_numbers_are_those_of_numpy(ints: dict[str, Any], name: str) -> None:
    with np.errstate(over="ignore"):
        wanted = INTS[name][1](row(ONE), row(OTHER))
    assert row(ints[name]).tolist() == np.asarray(wanted).astype(np.int32).tolist()


@pytest.mark.parametrize("name", FLOATS)
def test_floats_are_those_of_numpy_to_the_last_bit(floats: dict[str, Any], name: str) -> None:
    wanted = np.asarray(FLOATS[name][1](row(X), row(Y))).astype(np.float32)
    assert row(floats[name]).tolist() == wanted.tolist()


@pytest.mark.parametrize("name", NEARLY)
def test_quotients_and_roots_are_good_to_the_last_bits(floats: dict[str, Any], name: str) -> None:
    assert row(floats[name]) == pytest.approx(NEARLY[name][1](row(X), row(Y)), rel=2.0**-22)


def test_a_row_and_nothing_beside_it_is_written(ints: dict[str, Any], floats: dict[str, Any]) -> None:
    for found in (*ints.values(), *floats.values()):
        assert (found[:AT] == 77).all()
        assert (found[AT + ROW :] == 77).all()


@intrinsic  # type: ignore[untyped-decorator]
def _any_above(_typing: Any, array: Any, _bound: Any, _at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = Place(context, builder, signature.args[0], args[0], args[2]).read()
        return (found > same(builder, args[1])).any()

    return types.boolean(array, types.int32, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def _trebled(_typing: Any, array: Any, out: Any, _at: Any) -> Any:
    """Three times x, in float64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = Place(context, builder, signature.args[0], args[0], args[2]).read().doubles()
        Place(context, builder, signature.args[1], args[1], args[2]).write((found * 3.0).ints())
        return context.get_dummy_value()

    return types.none(array, out, types.intp), generate


@njit  # type: ignore[untyped-decorator]
def any_above(array: Any, bound: int, at: int) -> bool:  # pragma: no cover (compiled)
    return _any_above(array, np.int32(bound), at)  # type: ignore[no-any-return]


@njit  # type: ignore[untyped-decorator]
def trebled(array: Any, out: Any, at: int) -> None:  # pragma: no cover (compiled)
    _trebled(array, out, at)


@pytest.mark.parametrize("where", [0, 1, ROW // 2, ROW - 1])
def test_one_that_is_true_is_found_wherever_it_stands(where: int) -> None:
    array = np.zeros(ROW + 2, dtype=np.int32)
    array[0] = array[-1] = 100  # beside the row
    assert not any_above(array, 5, 1)
    array[1 + where] = 6
    assert any_above(array, 5, 1)
    assert not any_above(array, 6, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_a_double_has_room_where_a_float_has_none(dtype: Any) -> None:
    array = (2**24 - 1 - np.arange(ROW)).astype(dtype)
    out = np.zeros(ROW, dtype=np.int32)
    trebled(array, out, 0)
    assert out.tolist() == (3 * array.astype(np.int64)).tolist()
