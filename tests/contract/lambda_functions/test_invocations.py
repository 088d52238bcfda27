"""Functions run: their answers, their errors, their logs, what they may know and do."""

from __future__ import annotations

import base64
import json


def test_a_function_answers_what_its_handler_returns(function, functions):
    name = function("def handler(event, context):\n    return {'twice': event['number'] * 2}\n")
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"number": 21}), LogType="Tail")
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert answer["ExecutedVersion"] == "$LATEST"
    assert json.loads(answer["Payload"].read()) == {"twice": 42}
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId" in tail and "REPORT RequestId" in tail
