"""thumbs makes a small picture of a photo, with the preview that the camera put into it."""
import struct
import sys

from common import EXAMPLES, load
import boto3

sys.path.insert(0, str(EXAMPLES / "thumbs/layers/pillow/python"))
import thumbnail

thumbnail.Image = None
PREVIEW = b"\xff\xd8preview\xff\xd9"


def photo(order):
    """A JPEG whose EXIF part holds a first directory without entries, and a second with the preview."""
    pack = lambda form, *values: struct.pack(order + form, *values)
    start = 8 + 6 + 2 + 24 + 4
    tiff = (b"II" if order == "<" else b"MM") + pack("HI", 42, 8) + pack("HI", 0, 14)
    tiff += pack("H", 2) + pack("HHII", 0x0201, 4, 1, start) + pack("HHII", 0x0202, 4, 1, len(PREVIEW))
    tiff += pack("I", 0) + PREVIEW
    body = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe0\0\4ab\xff\xe1" + struct.pack(">H", len(body) + 2) + body + b"\xff\xda\0\2"


resize = load("thumbs/src/resize.py", THUMBNAILS_BUCKET="small")
for order in "<>":
    boto3.objects["in/my cat.jpg"] = photo(order)
    record = {"s3": {"bucket": {"name": "photos"}, "object": {"key": "in/my+cat.jpg"}}}
    assert resize.handler({"Records": [record]}, None) == {"made": ["my cat.jpg"]}
    assert boto3.objects["my cat.jpg"] == PREVIEW
    service, operation, arguments = boto3.calls[-1]
    assert (service, operation, arguments["Bucket"]) == ("s3", "put_object", "small"), boto3.calls

for data in [b"", b"GIF89a", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe1\0\x0cExif\0\0II*\0", photo("<")[:40]]:
    try:
        thumbnail.shrink(data)
    except thumbnail.NoThumbnail:
        continue
    raise AssertionError(data)
