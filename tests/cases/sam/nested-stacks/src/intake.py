def handler(event, context):
    return {"taken": event}
