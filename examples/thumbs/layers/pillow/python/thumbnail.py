"""Small pictures of JPEG files, with Pillow where it is installed beside this file.

Without Pillow the preview that cameras store in the EXIF part of their files is taken out instead.
"""
import io
import struct

try:
    from PIL import Image, ImageOps
except ImportError:
    Image = None


class NoThumbnail(ValueError):
    """Neither Pillow nor a stored preview is there."""


def shrink(data, size=256):
    """The bytes of a JPEG of at most `size` pixels a side, made from the bytes of another."""
    if Image is None:
        return stored_preview(data)
    with Image.open(io.BytesIO(data)) as picture:
        picture = ImageOps.exif_transpose(picture).convert("RGB")
        picture.thumbnail((size, size))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue()


def stored_preview(data):
    """The preview in the EXIF part of a JPEG."""
    exif = exif_part(data)
    if exif is not None:
        order = {b"II": "<", b"MM": ">"}.get(exif[:2])
        try:
            if order is not None:
                return preview_in(exif, order)
        except (struct.error, IndexError):
            pass
    raise NoThumbnail("Pillow is not installed, and the file holds no preview")


def exif_part(data):
    """The TIFF structure after the mark `Exif` of a JPEG, or None."""
    if data[:2] != b"\xff\xd8":
        raise NoThumbnail("this is not a JPEG file")
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        kind, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        body = data[at + 4 : at + 2 + length]
        if kind == 0xE1 and body[:6] == b"Exif\0\0":
            return body[6:]
        if kind == 0xDA:
            break
        at += 2 + length
    return None


def preview_in(tiff, order):
    """The JPEG that the second directory of a TIFF structure points at (tags 0x0201 and 0x0202)."""
    first = struct.unpack(order + "I", tiff[4:8])[0]
    entries = struct.unpack(order + "H", tiff[first : first + 2])[0]
    after = first + 2 + 12 * entries
    second = struct.unpack(order + "I", tiff[after : after + 4])[0]
    if second == 0:
        raise NoThumbnail("the file holds no preview")
    tags = {}
    for i in range(struct.unpack(order + "H", tiff[second : second + 2])[0]):
        entry = tiff[second + 2 + 12 * i : second + 14 + 12 * i]
        tag, _, _, value = struct.unpack(order + "HHII", entry)
        tags[tag] = value
    start, length = tags.get(0x0201), tags.get(0x0202)
    picture = tiff[start : start + length] if start and length else b""
    if picture[:2] != b"\xff\xd8":
        raise NoThumbnail("the file holds no preview")
    return picture
