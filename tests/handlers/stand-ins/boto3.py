"""A stand-in for boto3 in memory: enough of tables, queues and objects for the handlers of the examples.

What a handler sends is kept in `calls`, in order, as (service, operation, arguments).
"""
calls = []
tables = {}
objects = {}


class Table:
    def __init__(self, name):
        self.name = name
        self.items = tables.setdefault(name, {})

    def put_item(self, Item, **more):
        calls.append(("dynamodb", "put_item", {"Item": Item, **more}))
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
        verb, rest = more["UpdateExpression"].split(" ", 1)
        if verb == "SET":
            left, right = (part.strip() for part in rest.split("="))
            item[names.get(left, left)] = values[right]
        elif verb == "ADD":
            for part in rest.split(","):
                left, right = part.split()
                left = names.get(left, left)
                item[left] = item.get(left, 0) + values[right]
        else:
            raise NotImplementedError(verb)
        return {}

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

                return {"Body": io.BytesIO(objects[arguments["Key"]])}
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
