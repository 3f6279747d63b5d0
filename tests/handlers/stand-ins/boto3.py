"""A stand-in for boto3 in memory: enough of tables, queues and objects for the handlers of the examples.

What a handler sends is kept in `calls`, in order, as (service, operation, arguments).
"""
import re
from types import SimpleNamespace

calls = []
tables = {}
objects = {}


class ConditionalCheckFailedException(Exception):
    pass


class Table:
    def __init__(self, name):
        exceptions = SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)
        self.meta = SimpleNamespace(client=SimpleNamespace(exceptions=exceptions))
        self.name = name
        self.items = tables.setdefault(name, {})

    def put_item(self, Item, **more):
        calls.append(("dynamodb", "put_item", {"Item": Item, **more}))
        if "attribute_not_exists" in more.get("ConditionExpression", "") and str(next(iter(Item.values()))) in self.items:
            raise ConditionalCheckFailedException
        self.items[str(next(iter(Item.values())))] = Item
        return {}

    def get_item(self, Key, **more):
        calls.append(("dynamodb", "get_item", {"Key": Key, **more}))
        item = self.items.get(str(next(iter(Key.values()))))
        return {"Item": item} if item else {}

    def update_item(self, Key, **more):
        calls.append(("dynamodb", "update_item", {"Key": Key, **more}))
        name, value = next(iter(Key.items()))
        if "attribute_exists" in more.get("ConditionExpression", "") and str(value) not in self.items:
            raise RuntimeError("ConditionalCheckFailedException")
        item = self.items.setdefault(str(value), {name: value})
        values, names = more.get("ExpressionAttributeValues", {}), more.get("ExpressionAttributeNames", {})
        known = re.fullmatch(r"NOT contains\((\w+), (:\w+)\)", more.get("ConditionExpression", ""))
        if known and values[known[2]] in item.get(known[1], ()):
            raise ConditionalCheckFailedException
        first, *clauses = re.split(r"\b(SET|ADD) ", more["UpdateExpression"])
        if first or not clauses:
            raise NotImplementedError(more["UpdateExpression"])
        for verb, rest in zip(clauses[::2], clauses[1::2]):
            for part in rest.split(","):
                left, right = part.split("=") if verb == "SET" else part.split()
                left, value = names.get(left.strip(), left.strip()), values[right.strip()]
                if verb == "SET":
                    item[left] = value
                elif isinstance(value, set):
                    item[left] = item.get(left, set()) | value
                else:
                    item[left] = item.get(left, 0) + value
        return {"Attributes": dict(item)} if more.get("ReturnValues") == "ALL_NEW" else {}

    def query(self, **more):
        calls.append(("dynamodb", "query", more))
        name, value = (part.strip() for part in more["KeyConditionExpression"].split("="))
        wanted = more["ExpressionAttributeValues"][value]
        return {"Items": [item for item in self.items.values() if item.get(name) == wanted]}

    def scan(self, ExclusiveStartKey=0, **more):
        """Gives one item a page, so that a handler that forgets the next page is found out."""
        calls.append(("dynamodb", "scan", more))
        everything = list(self.items.values())
        page = {"Items": everything[ExclusiveStartKey : ExclusiveStartKey + 1]}
        if ExclusiveStartKey + 1 < len(everything):
            page["LastEvaluatedKey"] = ExclusiveStartKey + 1
        return page


class Resource:
    def __init__(self, service):
        self.service = service

    def Table(self, name):
        return Table(name)


class Client:
    def __init__(self, service):
        self.service = service

    def __getattr__(self, operation):
        def call(**arguments):
            calls.append((self.service, operation, arguments))
            if operation == "get_object":
                import io

                data = objects[arguments["Key"]]
                if "Range" in arguments:
                    first, last = arguments["Range"].removeprefix("bytes=").split("-")
                    data = data[int(first) : int(last) + 1]
                return {"Body": io.BytesIO(data)}
            if operation == "put_object":
                body = arguments["Body"]
                if isinstance(body, str):
                    body = body.encode()
                objects[arguments["Key"]] = body if isinstance(body, bytes) else body.read()
            return {}

        return call


def resource(service, **more):
    return Resource(service)


def client(service, **more):
    return Client(service)
