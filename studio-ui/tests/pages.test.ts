import { describe, expect, it } from "vitest";
import { regionShown } from "../src/app/region";
import { entriesOf, stepsOf } from "../src/pages/data/listing";
import { partsOf } from "../src/pages/data/uploads";
import { aboutOf, joined, narrowOf, questionOf, rowOf, sourcesOf } from "../src/pages/events/happened";
import { boto3Of, gitOf, linesOf, variablesOf } from "../src/pages/settings/connect";
import { pageOfResource } from "../src/pages/stacks/physical";
import { isUnderWay, stackPage } from "../src/pages/stacks/shapes";
import { contentOf, linesOf as documentsOf, pageOfObject } from "../src/parts/objectText";
import { membersOf } from "../src/parts/tar";

describe("buckets", () => {
  const object = (Key: string) => ({ Key, Size: 1, LastModified: "2026-01-01T00:00:00Z", ETag: '"abc"' });

  it("list folders before objects, and not the folder itself", () => {
    const rows = entriesOf([{ Contents: [object("raw/"), object("raw/a.csv")], CommonPrefixes: [{ Prefix: "raw/old/" }] }, { Contents: [object("raw/b.csv")] }], "raw/");
    expect(rows.map((row) => [row.name, row.folder])).toEqual([
      ["old/", true],
      ["a.csv", false],
      ["b.csv", false],
    ]);
    expect(rows[1]?.etag).toBe("abc");
  });

  it("are walked step by step", () => {
    expect(stepsOf("a/b c/")).toEqual([
      { label: "a", prefix: "a/" },
      { label: "b c", prefix: "a/b c/" },
    ]);
    expect(stepsOf("")).toEqual([]);
    expect(stepsOf("//").map((step) => step.prefix)).toEqual(["/", "//"]);
  });

  it("have a page for every place", () => {
    expect(pageOfObject("s3://data/raw/a b.csv", true)).toBe("/data/data?prefix=raw%2F&object=raw%2Fa+b.csv");
    expect(pageOfObject("s3://data/raw", false)).toBe("/data/data?prefix=raw%2F");
    expect(pageOfObject("s3://data", false)).toBe("/data/data");
  });

  it("take large files in parts", () => {
    expect(partsOf(12, 5)).toEqual([
      [0, 5],
      [5, 10],
      [10, 12],
    ]);
  });
});

describe("objects", () => {
  it.each([
    ["s3://b/model.tar.gz", "archive"],
    ["s3://b/a.PNG", "picture"],
    ["s3://b/report.html", "page"],
    ["s3://b/captured.jsonl", "lines"],
    ["s3://b/a.csv", "table"],
    ["s3://b/statistics.json", "text"],
  ])("%s is shown as %s", (uri, kind) => expect(contentOf(uri)).toBe(kind));

  it("are read line by line, the last one left out where it was cut", () => {
    expect(documentsOf('{"a": 1}\n\n[2]\n{"b"', 10)).toEqual([{ a: 1 }, [2]]);
  });

  it("are listed when they are archives, packed or cut off", async () => {
    const member = (name: string, content: string) => {
      const head = new Uint8Array(512);
      const write = (text: string, at: number) => head.set(new TextEncoder().encode(text), at);
      write(name, 0);
      write(content.length.toString(8).padStart(11, "0"), 124);
      write("0", 156);
      const body = new Uint8Array(Math.ceil(content.length / 512) * 512);
      body.set(new TextEncoder().encode(content));
      return [...head, ...body];
    };
    const archive = new Uint8Array([...member("code/train.py", "x".repeat(600)), ...member("model", "y"), ...new Uint8Array(1024)]);
    const named = [
      { name: "code/train.py", size: 600, folder: false },
      { name: "model", size: 1, folder: false },
    ];
    expect(await membersOf(archive)).toEqual({ members: named, whole: true });
    const packed = new Uint8Array(await new Response(new Blob([archive]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
    expect(await membersOf(packed)).toEqual({ members: named, whole: true });
    expect(await membersOf(archive.subarray(0, 1600))).toEqual({ members: named.slice(0, 1), whole: false });
    expect(await membersOf(new TextEncoder().encode("no archive"))).toEqual({ members: [], whole: false });
  });
});

describe("events", () => {
  const change = { id: 7, uuid: "u", bus: "default", time: "t", region: "us-east-1", source: "shop", type: "Order", resources: [], detail: {} };
  const any = { bus: "", source: "", type: "", text: "" };

  it("that come in are taken when they are wanted", () => {
    expect(rowOf(change, "us-east-1", any)).toMatchObject({ id: 7, type: "Order" });
    expect(rowOf(change, "eu-west-1", any)).toBeNull();
    expect(rowOf(change, "us-east-1", { ...any, source: "aws.sagemaker" })).toBeNull();
  });

  it("are shown once, newest first", () => {
    const row = (id: number) => ({ id, uuid: "", time: "", bus: "", source: "", type: "", resources: [] });
    expect(joined([row(5), row(6), row(4)], [row(4), row(3)]).map(({ id }) => id)).toEqual([6, 5, 4, 3]);
  });

  it("are asked for by what the address says", () => {
    expect(questionOf(narrowOf(new URLSearchParams("source=shop&tab=x")), null)).toBe("events?source=shop");
    expect(questionOf(any, 9)).toBe("events?before=9");
  });

  it("are told of in a line by their rule", () => {
    expect(aboutOf({ ScheduleExpression: "rate(1 hour)" })).toBe("rate(1 hour)");
    expect(aboutOf({ EventPattern: '{"source": ["shop"], "detail-type": [{"prefix": "Order"}]}' })).toBe('shop: {"prefix":"Order"}');
    expect(aboutOf({ EventPattern: '{"detail": {"a": [1]}}' })).toBe("any source");
    expect(sourcesOf('{"source": ["shop", {"prefix": "aws."}]}')).toEqual(["shop"]);
  });
});

describe("stacks", () => {
  it("and what they made have pages", () => {
    expect(stackPage("arn:aws:cloudformation:us-east-1:1:stack/shop/ab-cd")).toBe("/stacks/shop/ab-cd");
    expect(pageOfResource("AWS::S3::Bucket", "data")).toBe("/data/data");
    expect(pageOfResource("AWS::Events::Rule", "bus|orders")).toBe("/events/rules/bus/orders");
    expect(pageOfResource("AWS::SageMaker::Endpoint", "arn:aws:sagemaker:us-east-1:1:endpoint/one")).toBe("/endpoints/one");
    expect(pageOfResource("AWS::Logs::LogGroup", "/a")).toBeNull();
    expect(pageOfResource("AWS::S3::Bucket", undefined)).toBeNull();
  });

  it("are under way until they are not", () => {
    expect(isUnderWay("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")).toBe(true);
    expect(isUnderWay("REVIEW_IN_PROGRESS")).toBe(false);
    expect(isUnderWay("CREATE_COMPLETE")).toBe(false);
  });
});

describe("connecting", () => {
  const place = { endpoint: "http://127.0.0.1:4590", region: "us-east-1", account: "123456789012" };
  const key = { id: "AKIA", secret: "it's" };

  it("is told in the words of every shell", () => {
    const [, , secret = ["", ""]] = variablesOf(place, key);
    expect(linesOf("sh", [secret])).toBe(`export AWS_SECRET_ACCESS_KEY='it'"'"'s'`);
    expect(linesOf("fish", [["A", "b"]])).toBe("set -gx A b");
    expect(linesOf("powershell", [secret])).toBe("$env:AWS_SECRET_ACCESS_KEY = 'it''s'");
    expect(linesOf("dotenv", [["A", "b"]])).toBe("A=b");
  });

  it("says where a key belongs when there is none", () => {
    expect(boto3Of(place)).toContain("YOUR_ACCESS_KEY_ID");
    expect(gitOf(place, "ada")).toContain("--user-name ada");
  });
});

describe("regions", () => {
  it("are the address's, the last one chosen, or the server's own", () => {
    expect(regionShown("?region=eu-west-1", "us-west-2", "us-east-1")).toBe("eu-west-1");
    expect(regionShown("?region=no", "us-west-2", "us-east-1")).toBe("us-west-2");
    expect(regionShown("", null, "us-east-1")).toBe("us-east-1");
  });
});
