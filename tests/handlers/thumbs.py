"""thumbs takes the preview out of a photo that arrives, and puts it into the other bucket."""
import os
import struct
import sys

from common import EXAMPLES, load
import boto3

sys.path.insert(0, str(EXAMPLES / "thumbs/layers/pillow/python"))
PREVIEW = b"\xff\xd8preview\xff\xd9"


def photo():
    """A JPEG with an EXIF part whose second directory points at a preview."""
    start = 8 + 2 + 4 + 2 + 2 * 12 + 4
    second = struct.pack("<H", 2)
    second += struct.pack("<HHII", 0x0201, 4, 1, start) + struct.pack("<HHII", 0x0202, 4, 1, len(PREVIEW))
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HI", 0, 14) + second + struct.pack("<I", 0) + PREVIEW
    body = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + b"\xff\xda\0\2\xff\xd9"


os.environ["THUMBNAILS_BUCKET"] = "small"
resize = load("thumbs/src/resize.py")
thumbnail = sys.modules["thumbnail"]
thumbnail.Image = None
boto3.objects["in/2026/my cat.jpg"] = photo()
record = {"s3": {"bucket": {"name": "photos"}, "object": {"key": "in/2026/my+cat.jpg"}}}
assert resize.handler({"Records": [record]}, None) == {"made": ["2026/my cat.jpg"]}
assert boto3.objects["2026/my cat.jpg"] == PREVIEW
assert boto3.calls[-1][2]["Bucket"] == "small"
for broken in [b"", b"no photo", b"\xff\xd8\xff\xda\0\2"]:
    try:
        thumbnail.shrink(broken)
    except thumbnail.NoThumbnail:
        continue
    raise AssertionError(broken)
