"""Photographs come in as pictures and nothing else: no place, no device, no bomb, no other file."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from riskshed.errors import InputError
from riskshed.web import photographs


class Upload(io.BytesIO):
    """A file of a form; `size` is what the form says."""

    def __init__(self, data, size=None):
        super().__init__(data)
        self.size = len(data) if size is None else size


def picture(form="JPEG", size=(64, 48), mode="RGB", **more):
    out = io.BytesIO()
    image = Image.new(mode, size, "teal" if mode == "RGB" else None)
    image.putpixel((1, 1), (255, 0, 0) if mode == "RGB" else 0)
    image.save(out, form, **more)
    return out.getvalue()


def with_place(**more):
    """A photograph that says where and by what it was taken, and holds a thumbnail and more."""
    exif = Image.Exif()
    exif[0x0110] = "SECRET-DEVICE"
    exif[0x0112] = 6  # to be turned by 90 degrees
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (45.0, 45.0, 24.0)
    return picture(exif=exif, comment=b"SECRET-COMMENT", **more) + b"SECRET-BEHIND-THE-END"


def clean(data, **more):
    (one,) = photographs.cleaned([Upload(data, **more)])
    return one


def refused(data, **more):
    with pytest.raises(InputError) as caught:
        clean(data, **more)
    return caught.value.code


# ------------------------------------------------------------------------------------------ what is taken


def test_nothing_but_the_picture_is_left():
    data = with_place()
    assert b"SECRET-DEVICE" in data
    made = clean(data)
    assert b"SECRET" not in made
    assert b"Exif" not in made
    with Image.open(io.BytesIO(made)) as shown:
        assert shown.format == "JPEG"
        assert not dict(shown.getexif())
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_it_stands_upright_without_being_told():
    with Image.open(io.BytesIO(clean(with_place()))) as shown:
        assert shown.size == (48, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_format_becomes_jpeg(form):
    assert clean(picture(form)).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_each_sort_of_colour_becomes_plain(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, form)
    with Image.open(io.BytesIO(clean(out.getvalue()))) as shown:
        assert shown.mode == "RGB"


def test_text_in_a_png_is_gone():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "SECRET-PLACE")
    assert b"SECRET" not in clean(picture("PNG", pnginfo=told))


def test_a_large_picture_is_made_smaller():
    with Image.open(io.BytesIO(clean(picture(size=(4_000, 1_000))))) as shown:
        assert max(shown.size) == photographs.EDGE_PIXELS


# ---------------------------------------------------------------------------------------- what is refused


def bomb(width, height):
    """A PNG of few bytes that says it is large."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    assert refused(bomb(*size)) in ("photograph.too_many_pixels", "photograph.not_a_picture")


def test_the_number_of_pixels_is_said():
    assert refused(bomb(9_000, 9_000)) == "photograph.too_many_pixels"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"\xff\xd8\xff\xe0 broken",
        b"GIF89a\x01\x00\x01\x00",
        b"\0\0\0\x18ftypheic",
        bomb(9, 9)[:40],
    ],
)
def test_what_is_no_picture_is_refused(data):
    assert refused(data) == "photograph.not_a_picture"


def test_a_picture_that_breaks_off_is_refused():
    whole = picture(size=(800, 600), quality=95)
    assert refused(whole[: len(whole) // 2]) == "photograph.not_a_picture"


def test_other_formats_are_refused_though_they_are_pictures():
    assert refused(picture("BMP")) == refused(picture("TIFF")) == "photograph.not_a_picture"


def test_a_large_file_is_refused_without_being_read():
    upload = Upload(b"", size=100 * 2**20)
    upload.read = None
    with pytest.raises(InputError, match="larger than 8 MB"):
        photographs.cleaned([upload])


def test_a_file_that_is_larger_than_it_says_is_refused():
    assert refused(b"\xff" * (photographs.BYTES_MAX + 1), size=10) == "photograph.too_large"


def test_too_many_are_refused():
    with pytest.raises(InputError, match="4 photographs, and at most 3"):
        photographs.cleaned([Upload(picture())] * 4)


# ------------------------------------------------------------------------------------------------ keeping


def test_what_is_kept_is_not_public_until_it_is_let(node, client):
    told = photographs.keep(node, clean(picture()))
    name = told["digest"].removeprefix("sha256:")
    assert told["size_bytes"] == len(photographs.find(node, told["digest"]))
    assert client.get(f"/files/{name}").status_code == 404
    assert photographs.publish(node, told["digest"])
    assert client.get(f"/files/{name}").status_code == 200


def test_forgetting_takes_it_away_everywhere(node):
    told = photographs.keep(node, clean(picture()))
    photographs.publish(node, told["digest"])
    assert photographs.forget(node, told["digest"])
    assert photographs.find(node, told["digest"]) is None
    assert not photographs.forget(node, told["digest"])
    assert not photographs.publish(node, told["digest"])
