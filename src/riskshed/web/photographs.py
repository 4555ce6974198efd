"""Photographs of reports: taken in as pictures and nothing else, and not public before an officer looked.

    photographs/<digest>      not public; the report names the digest
    files/<digest>            public, as any file that statements name: once an officer let it be

What a telephone sends holds more than the picture: where it was taken, by which device, a thumbnail of what
was cut away, and whatever somebody hid behind the end. So a photograph is decoded, turned upright, made
smaller, and written anew as JPEG; nothing of the file itself is kept. Size in bytes is looked at before it is
read, the number of pixels before it is decoded, and one is decoded at a time.

To forget one is to remove it here. The log keeps a digest, from which nobody can make the picture again.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, ImageOps, UnidentifiedImageError

from riskshed.errors import InputError
from riskshed.ledger.durable import write_file
from riskshed.web.node import FILES, Node
from riskshed.web.sealed_bodies import remove

FOLDER = "photographs"
BYTES_MAX = 8 * 2**20
COUNT_MAX = 3
PIXELS_MAX = 50_000_000
EDGE_PIXELS = 1_600
QUALITY = 82
MEDIA_TYPE = "image/jpeg"
FORMATS = ("JPEG", "PNG", "WEBP")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_decoding = threading.Lock()


class Upload(Protocol):
    """A file as a form brings it; Django's `UploadedFile` is one."""

    size: int | None

    def read(self, size: int = -1, /) -> bytes: ...


def cleaned(uploads: list[Any]) -> list[bytes]:
    """The pictures of these files, as JPEG without anything else.

    Raises
    ------
    InputError
        ``photograph.too_many``, ``photograph.too_large``, ``photograph.not_a_picture``,
        ``photograph.too_many_pixels``. Nothing is kept of any.
    """
    if len(uploads) > COUNT_MAX:
        told = f"{len(uploads)} photographs, and at most {COUNT_MAX} are taken"
        raise InputError("photograph.too_many", told, todo="Choose the clearest ones.")
    return [_cleaned(one) for one in uploads]


def _cleaned(upload: Upload) -> bytes:
    if (upload.size or 0) > BYTES_MAX:
        raise _too_large()
    data = upload.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise _too_large()
    with _decoding:
        return _encoded(data)


def _encoded(data: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as found:
                if found.width * found.height > PIXELS_MAX:
                    raise _too_many_pixels(found.width, found.height)
                found.draft("RGB", (EDGE_PIXELS, EDGE_PIXELS))
                found.load()
                picture = _upright(found)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("photograph.too_many_pixels", "the picture has too many pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError) as error:
        told = "this is no photograph in JPEG, PNG or WebP, or it is damaged"
        raise InputError(
            "photograph.not_a_picture", told, todo="Take it again, or save it as JPEG."
        ) from error
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _upright(found: Image.Image) -> Image.Image:
    """The picture alone: upright, small enough, opaque, in plain colours."""
    turned = ImageOps.exif_transpose(found)
    turned.thumbnail((EDGE_PIXELS, EDGE_PIXELS))
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        ground = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(ground, turned.convert("RGBA"))
    plain = Image.new("RGB", turned.size)
    plain.paste(turned.convert("RGB"))
    return plain


def _too_large() -> InputError:
    told = f"a photograph is larger than {BYTES_MAX // 2**20} MB"
    return InputError("photograph.too_large", told, todo="Send a smaller one; a screenshot of it will do.")


def _too_many_pixels(width: int, height: int) -> InputError:
    told = f"the picture has {width} x {height} pixels, and {PIXELS_MAX // 1_000_000} million are the most"
    return InputError("photograph.too_many_pixels", told, todo="Send a smaller one.")


# ------------------------------------------------------------------------------------------------- keeping


def keep(node: Node, picture: bytes) -> dict[str, Any]:
    """Keep a picture that was cleaned; returns it as a file of a statement."""
    name = hashlib.sha256(picture).hexdigest()
    path = node.home / FOLDER / name
    if not path.is_file():
        write_file(path, picture)
    return {"digest": f"sha256:{name}", "size_bytes": len(picture), "media_type": MEDIA_TYPE}


def keep_all(node: Node, pictures: Iterable[bytes]) -> list[dict[str, Any]]:
    """Keep several; the files of a statement, each once."""
    kept = [keep(node, one) for one in pictures]
    return list({one["digest"]: one for one in kept}.values())


def find(node: Node, digest: str) -> bytes | None:
    """A picture, public or not; None if the node does not have it (any more)."""
    for path in _paths(node, digest):
        if path.is_file():
            return path.read_bytes()
    return None


def is_public(node: Node, digest: str) -> bool:
    """Whether an officer has let everybody see it."""
    return _paths(node, digest)[1].is_file()


def publish(node: Node, digest: str) -> bool:
    """Let everybody see it, under ``files/``; False if the node does not have it."""
    data = find(node, digest)
    if data is None:
        return False
    node.keep_file(data)
    return True


def forget(node: Node, digest: str) -> bool:
    """Remove it for good, wherever it lies; False if there was nothing."""
    held, shown = _paths(node, digest)
    was_held = remove(held)
    return remove(shown) or was_held


def _paths(node: Node, digest: str) -> tuple[Path, Path]:
    found = _DIGEST.fullmatch(digest)
    assert found is not None, "the vocabulary lets no other digest pass"
    return node.home / FOLDER / found[1], node.home / FILES / found[1]
