import { describe, expect, it } from "vitest";
import { rowOf } from "../src/pages/endpoints/examples";
import { LANGUAGES, snippet } from "../src/pages/endpoints/snippets";

const ASKED = { endpoint: "e", body: "1,it's", contentType: "text/csv", variant: "", server: "http://127.0.0.1:4590", region: "us-east-1" };

describe("trying an endpoint", () => {
  it("begins with a typical row, without what the model predicts", () => {
    const features = [
      { name: "rings", numerical_statistics: { mean: 9.9288 } },
      { name: "length", numerical_statistics: { mean: 0.523992 } },
      { name: "sex", string_statistics: { distribution: { categorical: { buckets: [{ value: "F", count: 1 }, { value: "M", count: 2 }] } } } },
    ];
    expect(rowOf(features, 0)).toBe("0.524,M");
    expect(rowOf(features, "rings")).toBe("0.524,M");
    expect(rowOf(features, undefined)).toBe("9.929,0.524,M");
  });

  it("is the same as code, whatever the payload holds", () => {
    for (const language of LANGUAGES) expect(snippet(language, ASKED)).toContain(language === "boto3" ? '"1,it\'s"' : "'1,it'\\''s'");
    expect(snippet("curl", { ...ASKED, variant: "B" })).toContain("x-amzn-sagemaker-target-variant: B");
  });
});
