"""Handlers before and behind TensorFlow Serving, as its container calls them."""

import json


def input_handler(data, context):
    if context.request_content_type != "text/csv":
        raise ValueError(f"{context.request_content_type} is not for this model")
    rows = [[float(cell)] for cell in data.read().decode("utf-8").split()]
    return json.dumps({"instances": rows})


def output_handler(response, context):
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    values = [row[0] for row in response.json()["predictions"]]
    return "\n".join(f"{context.model_version}:{value:.2f}" for value in values), "text/csv"
