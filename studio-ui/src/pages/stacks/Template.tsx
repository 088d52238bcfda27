/** The template a stack was made of, as it was written. */

import { useAddress } from "../../parts/address";
import { Card, Loaded } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { JsonTree } from "../../parts/JsonTree";
import { jsonOf } from "../../parts/objectText";
import { useOperation } from "../../wire/query";

/** changed: when the stack last was; its template is read again then. */
export function Template({ name, changed }: { name: string; changed: string }) {
  const [search, change] = useAddress();
  const stage = search.get("stage") === "Processed" ? "Processed" : "Original";
  const template = useOperation<{ TemplateBody?: unknown }>("cloudformation", "GetTemplate", { StackName: name, TemplateStage: stage }, { about: ["cloudformation", "aws.cloudformation"] });
  const choose = (next: string) => change({ stage: next });
  return (
    <Card
      title="Template"
      actions={
        <div className="choice-row" role="group" aria-label="Stage">
          {["Original", "Processed"].map((each) => (
            <button key={each} type="button" className="button button--small" aria-pressed={each === stage} onClick={() => choose(each)}>
              {each}
            </button>
          ))}
        </div>
      }
    >
      <Loaded query={template} key={changed}>
        {({ TemplateBody: body }) => {
          const text = typeof body === "string" ? body : JSON.stringify(body, null, 2);
          const document = jsonOf(text);
          return document === undefined ? <Snippet text={text} /> : <JsonTree value={document} name="Template" />;
        }}
      </Loaded>
    </Card>
  );
}
