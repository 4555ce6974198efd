"""Personal data is found in words before they are public for ever, and ordinary numbers are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import personal_data


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("打我电话13800138000", "phone"),
        ("tel 138 0013 8000 please", "phone"),
        ("＋86 138-0013-8000", "phone"),
        ("１３８００１３８０００", "phone"),
        ("一三八〇〇一三八〇〇〇", "phone"),
        ("办公室 0432-62012345", "phone"),
        ("(010) 62345678", "phone"),
        ("+7 4212 30-10-00", "phone"),
        ("身份证 11010519491231002X", "identity"),
        ("110105 19491231 002x", "identity"),
        ("卡号 6222 0212 3456 7890 128", "bank_card"),
        ("写信 wang.wei@example.com", "email"),
        ("肇事车 吉A12345 已离开", "plate"),
        ("京AD12345", "plate"),
    ],
)
def test_what_has_the_form_of_personal_data_is_found(text, sort):
    assert [one.sort for one in personal_data.find(text)] == [sort]


@pytest.mark.parametrize(
    "text",
    [
        "江面有死鱼，水位 125.60 米，流量 1200 立方米每秒",
        "拨打 110、119、120 或 12345",
        "2005-11-20 16:00 到 2005-11-21 08:00",
        "坐标 45.7567, 126.6424",
        "苯 0.0240 mg/L，超标 1.4 倍",
        "110105194912310021",  # its check digit is wrong
        "编号 20051120160000",
        "邮件没有写@谁",
        "吉林省",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert personal_data.find(text) == ()


def test_several_are_named_in_their_order():
    found = personal_data.find("邮箱 a@b.cn，手机 13912345678")
    assert [(one.sort, one.text) for one in found] == [("email", "a@b.cn"), ("phone", "13912345678")]


@settings(max_examples=60)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", "－"]),
    st.text("水江鱼臭", max_size=5),
)
def test_a_mobile_number_is_found_however_it_is_written(number, gap, words):
    written = gap.join((number[:3], number[3:7], number[7:]))
    assert [one.sort for one in personal_data.find(f"{words}{written}{words}")] == ["phone"]


def test_a_text_of_one_long_word_is_read_in_one_go():
    # Where each place of a word is a new beginning, these take minutes.
    for word in (
        "x" * 200_000,
        "x." * 100_000,
        "9" * 200_000,
        "9 " * 100_000,
        "京A" * 100_000,
        "a@" * 100_000,
    ):
        assert personal_data.find(word) == ()
    assert [one.sort for one in personal_data.find("x" * 200_000 + "@example.com")] == ["email"]
