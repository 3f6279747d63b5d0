"""Makes a thumbnail of every photo that arrives in the bucket of photos."""
import os
from urllib.parse import unquote_plus

import boto3
from thumbnail import shrink

SIZE = 256
s3 = boto3.client("s3")


def handler(event, context):
    """Goes through the photos of an event of S3, and tells the names of the thumbnails."""
    made = []
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        photo = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        target = target_key(key)
        s3.put_object(
            Bucket=os.environ["THUMBNAILS_BUCKET"],
            Key=target,
            Body=shrink(photo, SIZE),
            ContentType="image/jpeg",
        )
        made.append(target)
    return {"made": made}


def target_key(key):
    """`in/2026/cat.jpg` becomes `2026/cat.jpg`."""
    return key.removeprefix("in/")
