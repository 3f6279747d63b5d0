"""hello answers GET /hello."""
import json

from common import load

app = load("hello/src/app.py")
answer = app.handler({"rawPath": "/hello", "requestContext": {"http": {"method": "GET"}}}, None)
if isinstance(answer, dict) and "statusCode" in answer:
    assert answer["statusCode"] == 200, answer
    answer = json.loads(answer["body"])
assert answer == {"message": "Hello, world!"}, answer
