"""Lanes: 256 bytes of numbers loaded, multiplied and stored together, for the inner loops of the routing.

The recursion of a reach runs over time, and its members are independent. To be fast, the state of some
members has to stay in registers while time passes. Compilers vectorise the innermost loop only: with a loop
over members inside the loop over time, the state is loaded and stored at every step; with a loop over time
inside the loop over members, nothing is vectorised.

A `Lanes` value is a vector of LLVM itself (32 x float64 or 64 x float32), and names no instruction of any one
processor: LLVM lays it onto the registers that there are, four of 512 bits, eight of 256, sixteen of 128.
That is also why it is longer than any register: the next step of a recursion waits for this one, and four
registers' worth of independent members fill the wait. Measured on a processor with 512-bit registers: about
twice the best plain loop. Each lane sees the same operations in the same order, whatever stands in the
others, so that a member's numbers do not depend on its neighbours.

Compiled loops are kept on disk under the date of the file they stand in: whoever changes this file touches
routing.py too, or the loops stay as they were.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

LANES_BYTES = 256


class Lanes(types.Type):  # type: ignore[misc]  # numba has no types
    """Numba's name for a vector of `LANES_BYTES` of `dtype`."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.count = LANES_BYTES * 8 // dtype.bitwidth
        super().__init__(name=f"Lanes({dtype})")


def _vector(dtype: Any) -> ir.VectorType:
    element = ir.FloatType() if dtype.bitwidth == 32 else ir.DoubleType()
    return ir.VectorType(element, LANES_BYTES * 8 // dtype.bitwidth)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, _vector(lanes.dtype))


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _vector(array_type.dtype).as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def load(_typing: Any, array: Any, _index: Any) -> Any:
    """The lanes that start at an index of a contiguous array (one axis)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _address(context, builder, signature.args[0], *args)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(_typing: Any, array: Any, _index: Any, lanes: Any) -> Any:
    """Write the lanes to a contiguous array (one axis), starting at an index."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _address(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), generate


@intrinsic  # type: ignore[untyped-decorator]
def same(_typing: Any, number: Any) -> Any:
    """The same number in each lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector = _vector(number)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), args[0], ir.IntType(32)(0))
        where = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
        return builder.shuffle_vector(first, first, where)

    return Lanes(number)(number), generate


@intrinsic  # type: ignore[untyped-decorator]
def two(_typing: Any, number: Any, _other: Any) -> Any:
    """One number in the lanes of the first half, and another in those of the second."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector = _vector(number)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), args[0], ir.IntType(32)(0))
        both = builder.insert_element(first, args[1], ir.IntType(32)(1))
        half = vector.count // 2
        where = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * half + [1] * half)
        return builder.shuffle_vector(both, both, where)

    return Lanes(number)(number, number), generate


@intrinsic  # type: ignore[untyped-decorator]
def times_plus(_typing: Any, factor: Any, lanes: Any, term: Any) -> Any:
    """``factor * lanes + term``, in one rounding where the processor can."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector = _vector(lanes.dtype)
        suffix = f"v{vector.count}f{lanes.dtype.bitwidth}"
        kind = ir.FunctionType(vector, [vector] * 3)
        return builder.call(
            cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.{suffix}"), args
        )

    return lanes(factor, lanes, term), generate


@intrinsic  # type: ignore[untyped-decorator]
def times(_typing: Any, factor: Any, lanes: Any) -> Any:
    """``factor * lanes``, lane by lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fmul(*args)

    return lanes(factor, lanes), generate


@intrinsic  # type: ignore[untyped-decorator]
def plus(_typing: Any, one: Any, other: Any) -> Any:
    """``one + other``, lane by lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fadd(*args)

    return one(one, other), generate
