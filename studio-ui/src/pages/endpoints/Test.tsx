/** Try an endpoint: with what was captured last, a typical row, or a payload of one's own. */

import { Play } from "lucide-react";
import { useState } from "react";
import { Card, Empty, ErrorBox, Facts } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { type ApiError, call } from "../../wire/call";
import { base64Of, bytesOf } from "./captured";
import { useSession } from "../../wire/session";
import { type Example, useExamples } from "./examples";
import type { EndpointConfig, EndpointDescription } from "./shapes";
import { LANGUAGES, type Language, snippet } from "./snippets";

interface Answer {
  Body: string;
  ContentType?: string;
  InvokedProductionVariant?: string;
}

interface Tried {
  body: string;
  variant: string;
  contentType: string;
  ms: number;
}

const TYPES = ["text/csv", "application/json", "application/jsonlines", "text/libsvm", "application/octet-stream"];

export function Test({ endpoint, config }: { endpoint: EndpointDescription; config: EndpointConfig | undefined }) {
  const { endpoint: server, region } = useSession();
  const name = endpoint.EndpointName;
  const examples = useExamples(endpoint, config);
  const [first] = examples;
  const [language, setLanguage] = useState<Language>("boto3");
  const key = `test.${name}`;
  const [typed, setTyped] = useState<string | null>(() => sessionStorage.getItem(key));
  const [type, setType] = useState<string | null>(null);
  const [variant, setVariant] = useState("");
  const [tried, setTried] = useState<Tried | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [waiting, setWaiting] = useState(false);
  const body = typed ?? first?.body ?? "";
  const contentType = type ?? (first?.contentType || "text/csv");
  const variants = (endpoint.ProductionVariants ?? []).map((each) => each.VariantName);

  const write = (text: string) => {
    sessionStorage.setItem(key, text);
    setTyped(text);
  };
  const take = (example: Example) => {
    write(example.body);
    setType(example.contentType);
  };
  const send = async () => {
    setWaiting(true);
    setError(null);
    const began = performance.now();
    try {
      const answer = await call<Answer>("sagemaker-runtime", "InvokeEndpoint", { EndpointName: name, Body: base64Of(body), ContentType: contentType, ...(variant ? { TargetVariant: variant } : {}) });
      setTried({ body: new TextDecoder().decode(bytesOf(answer.Body)), variant: answer.InvokedProductionVariant ?? "", contentType: answer.ContentType ?? "", ms: performance.now() - began });
    } catch (refusal) {
      setTried(null);
      setError(refusal as ApiError);
    } finally {
      setWaiting(false);
    }
  };

  return (
    <div className="columns">
      <Card
        title="Request"
        actions={
          <button type="button" className="button button--primary" disabled={waiting || !body} onClick={() => void send()}>
            <Play /> Send request
          </button>
        }
      >
        <div style={{ display: "grid", gap: 14 }}>
          <div className="fields">
            <label className="field">
              <span className="field__label">Content type</span>
              <select className="input" value={contentType} onChange={(event) => setType(event.target.value)}>
                {[...new Set([contentType, ...TYPES])].map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
            {variants.length > 1 ? (
              <label className="field">
                <span className="field__label">Variant</span>
                <select className="input" value={variant} onChange={(event) => setVariant(event.target.value)}>
                  <option value="">By weight</option>
                  {variants.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </select>
              </label>
            ) : null}
          </div>
          <label className="field">
            <span className="field__label">
              Payload {first && typed === null ? <span className="faint">{first.label.toLowerCase()}</span> : null}
            </span>
            <textarea
              className="input mono"
              rows={8}
              value={body}
              spellCheck={false}
              placeholder="0.455,0.365,0.095,0.514,0.2245,0.101,0.15,0,0,1"
              // A better example that arrives does not change what a person is about to edit.
              onFocus={() => typed === null && body && setTyped(body)}
              onChange={(event) => write(event.target.value)}
            />
          </label>
          {examples.length ? (
            <div className="choice-row" role="group" aria-label="Examples">
              {examples.map((example) => (
                <button key={example.label} type="button" className="button button--small" aria-pressed={body === example.body} onClick={() => take(example)}>
                  {example.label}
                </button>
              ))}
            </div>
          ) : null}
          <details>
            <summary>The same as code</summary>
            <div style={{ display: "grid", gap: 8, marginTop: 8 }}>
              <div className="choice-row" role="group" aria-label="Language">
                {LANGUAGES.map((each) => (
                  <button key={each} type="button" className="button button--small" aria-pressed={each === language} onClick={() => setLanguage(each)}>
                    {each}
                  </button>
                ))}
              </div>
              <Snippet text={snippet(language, { endpoint: name, body, contentType, variant, server, region })} />
            </div>
          </details>
        </div>
      </Card>
      <Card title="Answer">
        <div style={{ display: "grid", gap: 14 }}>
          {error ? <ErrorBox error={error} /> : null}
          {tried ? (
            <>
              <Snippet text={tried.body} />
              <Facts
                of={[
                  ["Variant", tried.variant],
                  ["Content type", tried.contentType],
                  ["Took", `${tried.ms.toFixed(1)} ms, this page included`],
                ]}
              />
            </>
          ) : error ? null : endpoint.EndpointStatus === "InService" ? (
            <Empty>Send a request, and its answer appears here.</Empty>
          ) : (
            <p className="soft">
              The endpoint answers once it is in service. Now: <Status value={endpoint.EndpointStatus} />
            </p>
          )}
        </div>
      </Card>
    </div>
  );
}
