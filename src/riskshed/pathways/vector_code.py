"""Rows of numbers in the making: what is written for one number becomes LLVM code for a row of them.

Loops over members that the compiler of numba has to vectorise by itself cost twice: each is typed, lowered,
guarded against overlapping arrays and optimised anew in every function that calls it; and what one loop finds
goes through memory to the next. A `Row` is `ROW` numbers of 32 bits in registers. Python's operators on rows
write the instructions, once, while numba compiles the function that asks for them (`@intrinsic`): rows have
no loop, and LLVM lays them onto the registers that there are, two of 512 bits, four of 256, eight of 128.
Each number sees the same operations in the same order, whatever stands beside it.

Compiled functions are kept on disk under the date of the file they stand in: whoever changes this file
touches binomial_draws.py and contagion_loops.py too, or they stay as they were.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

ROW = 32
FAST = ("fast",)
"""Every liberty of the compiler: there is no NaN and no infinity in these rows."""

_F32, _I32 = ir.FloatType(), ir.IntType(32)
_ALIGN = 4


class Row:
    """`ROW` numbers of one kind: float32, int32 or truth."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    @property
    def element(self) -> Any:
        """LLVM's kind of one number."""
        return self.value.type.element

    def _other(self, other: Any) -> Any:
        return other.value if isinstance(other, Row) else ir.Constant(self.value.type, [other] * ROW)

    def _is_float(self) -> bool:
        return isinstance(self.element, ir.FloatType | ir.DoubleType)

    def _by(self, of_floats: Any, of_ints: Any, one: Any, other: Any) -> Row:
        value = of_floats(one, other, flags=FAST) if self._is_float() else of_ints(one, other)
        return Row(self.builder, value)

    def __add__(self, other: Any) -> Row:
        return self._by(self.builder.fadd, self.builder.add, self.value, self._other(other))

    def __sub__(self, other: Any) -> Row:
        return self._by(self.builder.fsub, self.builder.sub, self.value, self._other(other))

    def __rsub__(self, other: Any) -> Row:
        return self._by(self.builder.fsub, self.builder.sub, self._other(other), self.value)

    def __mul__(self, other: Any) -> Row:
        return self._by(self.builder.fmul, self.builder.mul, self.value, self._other(other))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Row:
        return Row(self.builder, self.builder.fdiv(self.value, self._other(other), flags=FAST))

    def __rtruediv__(self, other: Any) -> Row:
        return Row(self.builder, self.builder.fdiv(self._other(other), self.value, flags=FAST))

    def __neg__(self) -> Row:
        return 0 - self

    def __xor__(self, other: Any) -> Row:
        return Row(self.builder, self.builder.xor(self.value, self._other(other)))

    def __or__(self, other: Any) -> Row:
        return Row(self.builder, self.builder.or_(self.value, self._other(other)))

    def __lshift__(self, bits: int) -> Row:
        return Row(self.builder, self.builder.shl(self.value, self._other(bits)))

    def __rshift__(self, bits: int) -> Row:
        """Zeros come in from above."""
        return Row(self.builder, self.builder.lshr(self.value, self._other(bits)))

    def rows_down(self, bits: int) -> Row:
        """Shifted down, the sign comes in from above."""
        return Row(self.builder, self.builder.ashr(self.value, self._other(bits)))

    def _compared(self, sign: str, other: Any) -> Row:
        ask = self.builder.fcmp_ordered if self._is_float() else self.builder.icmp_signed
        return Row(self.builder, ask(sign, self.value, self._other(other)))

    def __lt__(self, other: Any) -> Row:
        return self._compared("<", other)

    def __gt__(self, other: Any) -> Row:
        return self._compared(">", other)

    def __le__(self, other: Any) -> Row:
        return self._compared("<=", other)

    def __ge__(self, other: Any) -> Row:
        return self._compared(">=", other)

    def where(self, then: Row, otherwise: Any) -> Row:
        """Of a row of truths: one number where it is true, and another where it is not."""
        return Row(self.builder, self.builder.select(self.value, then.value, then._other(otherwise)))

    def any(self) -> Any:
        """Of a row of truths: whether one is true, a single one."""
        bits = self.builder.bitcast(self.value, ir.IntType(ROW))
        return self.builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    def least(self, other: Any) -> Row:
        """The smaller of two, one by one."""
        less: Row = self < other
        return less.where(self, other)

    def most(self, other: Any) -> Row:
        """The larger of two, one by one."""
        more: Row = self > other
        return more.where(self, other)

    def root(self) -> Row:
        """Square root."""
        kind = ir.FunctionType(self.value.type, [self.value.type])
        root = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.sqrt.v{ROW}f32")
        return Row(self.builder, self.builder.call(root, [self.value], fastmath=FAST))

    def floats(self) -> Row:
        """The same number as float32, from int32."""
        return Row(self.builder, self.builder.sitofp(self.value, ir.VectorType(_F32, ROW)))

    def doubles(self) -> Row:
        """The same number as float64, from int32 or float32."""
        wide = ir.VectorType(ir.DoubleType(), ROW)
        as_double = self.builder.fpext if self._is_float() else self.builder.sitofp
        return Row(self.builder, as_double(self.value, wide))

    def ints(self) -> Row:
        """The whole number towards 0, from a floating one."""
        return Row(self.builder, self.builder.fptosi(self.value, ir.VectorType(_I32, ROW)))

    def bits_as_floats(self) -> Row:
        """The same 32 bits, read as a float32."""
        return Row(self.builder, self.builder.bitcast(self.value, ir.VectorType(_F32, ROW)))

    def bits_as_ints(self) -> Row:
        """The same 32 bits, read as an int32."""
        return Row(self.builder, self.builder.bitcast(self.value, ir.VectorType(_I32, ROW)))

    def turned(self, bits: int) -> Row:
        """Bits rotated upwards."""
        return self << bits | self >> (32 - bits)


def constant(builder: Any, number: float) -> Row:
    """The same number everywhere: float32 of a float, int32 of an int."""
    kind = _F32 if isinstance(number, float) else _I32
    return Row(builder, ir.Constant(ir.VectorType(kind, ROW), [number] * ROW))


def same(builder: Any, number: Any) -> Row:
    """A single value of LLVM, everywhere."""
    kind = ir.VectorType(number.type, ROW)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, _I32(0))
    where = ir.Constant(ir.VectorType(_I32, ROW), [0] * ROW)
    return Row(builder, builder.shuffle_vector(first, first, where))


class Place:
    """A contiguous array of one axis and 32 bits, from an index on, where a row is read and written."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any, at: Any) -> None:
        element = _F32 if "float" in str(kind.dtype) else _I32
        data = context.make_array(kind)(context, builder, array).data
        self.builder = builder
        self.pointer = builder.bitcast(builder.gep(data, [at]), ir.VectorType(element, ROW).as_pointer())

    def read(self) -> Row:
        """The row that is there."""
        return Row(self.builder, self.builder.load(self.pointer, align=_ALIGN))

    def write(self, row: Row) -> None:
        """Put a row there."""
        self.builder.store(row.value, self.pointer, align=_ALIGN)
