"""What pages ask of events beyond AWS's wire: what has happened, what a rule made of it, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..conftest import Live
from .conftest import Visitor
from .story import until

JsonDict = dict[str, Any]
LARGE = {"source": ["shop"], "detail": {"amount": [{"numeric": [">", 10]}]}}


@pytest.fixture
def rule(server: Live) -> str:
    """A rule for large orders that sends to a log group."""
    client = server.client("events")
    server.client("logs").create_log_group(logGroupName="/orders")
    client.put_rule(Name="large", EventPattern=json.dumps(LARGE))
    group = f"arn:aws:logs:us-east-1:{server.config.account}:log-group:/orders"
    client.put_targets(Rule="large", Targets=[{"Id": "log", "Arn": group}])
    return "large"


def order(server: Live, amount: int, **more: Any) -> str:
    detail = json.dumps({"amount": amount, **more})
    sent = server.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "Order", "Detail": detail}])
    return str(sent["Entries"][0]["EventId"])


def ask(visitor: Visitor, path: str) -> JsonDict:
    answer = visitor.get(f"/studio/api/ormer/{path}")
    assert answer.status_code == 200, answer.text
    found: JsonDict = answer.json()
    return found


def test_what_has_happened_is_paged_and_narrowed(server: Live, studio: Visitor) -> None:
    numbers = [order(server, amount, city="Oslo" if amount % 2 else "Bergen") for amount in range(105)]
    first = ask(studio, "events?source=shop")
    assert [one["uuid"] for one in first["events"]] == numbers[:4:-1]
    assert {"bus": "default", "source": "shop", "type": "Order", "count": 105} in first["kinds"]
    rest = ask(studio, f"events?source=shop&before={first['before']}")
    assert [one["uuid"] for one in rest["events"]] == numbers[4::-1]
    assert rest["before"] is None
    assert len(ask(studio, "events?source=shop&text=oslo+order")["events"]) == 52
    assert ask(studio, "events?type=Nothing")["events"] == []


def test_one_event_tells_who_caused_it_and_what_became_of_it(server: Live, studio: Visitor, rule: str) -> None:
    order(server, 50)
    number = ask(studio, "events?source=shop")["events"][0]["id"]

    def delivered() -> JsonDict | None:
        found = ask(studio, f"event?id={number}")
        return found if [one["status"] for one in found["deliveries"]] == ["Delivered"] else None

    found = until(delivered)
    assert found["event"]["detail"] == {"amount": 50} and found["event"]["version"] == "0"
    assert found["actor"].endswith(":root")
    assert found["deliveries"][0]["sender"].endswith(":rule/large")
    for number in ("999999", "9" * 30, "one", ""):
        assert studio.get(f"/studio/api/ormer/event?id={number}").status_code == 404


def test_a_rule_says_why_it_fired_and_why_not(server: Live, studio: Visitor, rule: str) -> None:
    order(server, 50)
    order(server, 5)
    found = until(lambda: told if (told := ask(studio, "rule?name=large"))["deliveries"] else None)
    assert [(one["fired"], one["reason"]) for one in found["decisions"]] == [
        (False, 'detail.amount is 5, the pattern wants [{"numeric": [">", 10]}]'),
        (True, ""),
    ]
    server.client("events").disable_rule(Name="large")
    order(server, 60)
    assert ask(studio, "rule?name=large")["decisions"][0]["reason"] == "the rule is switched off"
    missing = studio.get("/studio/api/ormer/rule?name=none")
    assert missing.json()["code"] == "ResourceNotFoundException"


def test_what_cannot_be_delivered_is_told_with_its_reason(server: Live, studio: Visitor) -> None:
    client, account = server.client("events"), server.config.account
    client.put_rule(Name="dead", EventPattern=json.dumps({"source": ["shop"]}))
    missing = f"arn:aws:sns:us-east-1:{account}:nobody"
    client.put_targets(Rule="dead", Targets=[{"Id": "topic", "Arn": missing}])
    order(server, 1)
    (letter,) = until(lambda: ask(studio, "dead-letters")["deliveries"])
    assert (letter["status"], letter["target"], letter["attempts"]) == ("Dead", missing, 1)
    assert letter["code"] and letter["message"]


def test_a_pattern_is_explained_field_by_field_as_it_is_tested(server: Live, studio: Visitor) -> None:
    order(server, 5)
    number = ask(studio, "events?source=shop")["events"][0]["id"]
    event = json.dumps(ask(studio, f"event?id={number}")["event"])
    answer = studio.post("/studio/api/ormer/pattern", {"EventPattern": json.dumps(LARGE), "Event": event}).json()
    tested = server.client("events").test_event_pattern(EventPattern=json.dumps(LARGE), Event=event)
    assert answer["Result"] is tested["Result"] is False
    source, detail = answer["findings"]
    assert source["met"] and not detail["met"]
    assert detail["inside"][0] == {
        "path": "detail.amount",
        "kind": "field",
        "met": False,
        "found": [5],
        "alternatives": [{"wants": {"numeric": [">", 10]}, "met": False}],
        "inside": [],
        "note": "",
    }


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"EventPattern": "{", "Event": "{}"}, "InvalidEventPatternException"),
        ({"EventPattern": json.dumps(LARGE), "Event": "{}"}, "ValidationException"),
        ({"EventPattern": json.dumps(LARGE)}, "ValidationException"),
        ([], "SerializationException"),
    ],
)
def test_a_wrong_question_is_answered_with_awss_own_error(studio: Visitor, sent: Any, code: str) -> None:
    answer = studio.post("/studio/api/ormer/pattern", sent)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_events_are_for_those_who_may_look_them_up(server: Live, visitor: Visitor) -> None:
    arn = server.client("iam").create_user(UserName="nobody")["User"]["Arn"]
    visitor.sign_in(arn)
    for path in ("events", "event?id=1", "rule?name=any", "dead-letters"):
        refused = visitor.get(f"/studio/api/ormer/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "AccessDeniedException"), path
    refused = visitor.post("/studio/api/ormer/pattern", {"EventPattern": json.dumps(LARGE), "Event": "{}"})
    assert refused.status_code == 403
    assert visitor.post("/studio/api/ormer/pattern", {}, drop=("x-ormer-studio",)).status_code == 403
