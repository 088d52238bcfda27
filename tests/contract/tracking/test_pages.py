"""MLflow's own pages in a browser: opened by a presigned URL, once, and closed to everybody else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import Tracking


class Browser:
    """A browser at a server's pages: it finds every name below localhost here, and keeps the cookie it is given."""

    def __init__(self, tracking: Tracking, url: str) -> None:
        place = urlsplit(url)
        self.host = place.netloc
        self.entrance = f"{place.path}?{place.query}"
        self._endpoint = tracking.endpoint
        self.cookie = ""

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.send("GET", path, **headers)

    def send(self, method: str, path: str, json: Any = None, **headers: str) -> requests.Response:
        sent = {"Host": self.host, **({"Cookie": self.cookie} if self.cookie else {}), **headers}
        found = requests.request(
            method, self._endpoint + path, headers=sent, json=json, allow_redirects=False, timeout=60
        )
        if "set-cookie" in found.headers:
            self.cookie = found.headers["set-cookie"].partition(";")[0]
        return found


@pytest.fixture
def browser(tracking: Tracking, standing: str, sagemaker: Any) -> Browser:
    made = sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName="standing", ExpiresInSeconds=60)
    return Browser(tracking, made["AuthorizedUrl"])


def test_a_presigned_url_opens_the_pages_once(tracking: Tracking, browser: Browser) -> None:
    entered = browser.get(browser.entrance)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "HttpOnly" in entered.headers["set-cookie"] and "SameSite=Lax" in entered.headers["set-cookie"]
    page = browser.get("/")
    assert page.status_code == 200 and "<title>MLflow</title>" in page.text
    script = page.text.split('src="', 1)[1].split('"', 1)[0]
    loaded = browser.get("/" + script.lstrip("./"))
    assert loaded.status_code == 200 and len(loaded.content) > 100_000
    second = Browser(tracking, f"http://{browser.host}{browser.entrance}")
    refused = second.get(second.entrance)
    assert refused.status_code == 403 and "used or has expired" in refused.text and not second.cookie


def test_strangers_see_nothing(browser: Browser) -> None:
    for path in ("/", "/ajax-api/2.0/mlflow/experiments/search?max_results=1", "/static-files/static/js/main.js"):
        assert browser.get(path).status_code == 401
    assert browser.get("/auth?authToken=guessed").status_code == 403


def test_writes_come_from_the_servers_own_pages_only(browser: Browser) -> None:
    browser.get(browser.entrance)
    path, asked = "/ajax-api/2.0/mlflow/experiments/create", {"name": "from a page"}
    assert browser.send("POST", path, asked).status_code == 403
    assert browser.send("POST", path, asked, Origin="http://localhost:4590").status_code == 403
    made = browser.send("POST", path, asked, Origin=f"http://{browser.host}")
    assert made.status_code == 200 and made.json()["experiment_id"]
    found = browser.get(f"/ajax-api/2.0/mlflow/experiments/get?experiment_id={made.json()['experiment_id']}")
    assert found.json()["experiment"]["name"] == "from a page"


def test_a_session_is_good_at_its_own_server_only(tracking: Tracking, browser: Browser) -> None:
    browser.get(browser.entrance)
    browser.host = "t-000000000000.mlflow.localhost:" + browser.host.partition(":")[2]
    assert browser.get("/").status_code == 401


def test_an_artifact_is_shown_and_runs_nothing(tracking: Tracking, standing: str, browser: Browser) -> None:
    experiment = tracking.ask(standing, "POST", "experiments/create", {"name": "shown"}).json()["experiment_id"]
    run = tracking.ask(standing, "POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]
    bucket, _, key = run["artifact_uri"].removeprefix("s3://").partition("/")
    page = b"<script>alert(1)</script>"
    tracking.live.client("s3").put_object(Bucket=bucket, Key=f"{key}/report.html", Body=page)
    listed = tracking.ask(standing, "GET", f"artifacts/list?run_id={run['run_id']}").json()["files"]
    assert [each["path"] for each in listed] == ["report.html"]
    browser.get(browser.entrance)
    shown = browser.get(f"/get-artifact?path=report.html&run_uuid={run['run_id']}")
    assert shown.content == page
    assert shown.headers["content-security-policy"].startswith("sandbox;")
    assert shown.headers["x-content-type-options"] == "nosniff"
