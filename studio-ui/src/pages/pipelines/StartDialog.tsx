/** Start an execution: a form from the pipeline's own parameters, and the same as code. */

import { useState } from "react";
import { useLocation } from "wouter";
import { ErrorBox } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { ParameterFields, startValues, faultsOf } from "../../parts/ParameterFields";
import { useWrite } from "../../wire/query";
import type { Parameter } from "./definition";

export function StartDialog({ name, parameters, close }: { name: string; parameters: Parameter[]; close: () => void }) {
  const [, go] = useLocation();
  const [values, setValues] = useState(() => startValues(`start.${name}`, parameters));
  const [description, setDescription] = useState("");
  const start = useWrite<Record<string, unknown>, { PipelineExecutionArn: string }>("sagemaker", "StartPipelineExecution", ["ListPipelineExecutions"]);
  const changed = parameters.filter((parameter) => values[parameter.Name] !== String(parameter.DefaultValue ?? "")).map((parameter) => ({ Name: parameter.Name, Value: values[parameter.Name] ?? "" }));
  const request = { PipelineName: name, PipelineParameters: changed, ...(description ? { PipelineExecutionDescription: description } : {}) };
  const faults = faultsOf(parameters, values);
  const send = () =>
    start.mutate(
      { ...request, ClientRequestToken: crypto.randomUUID() },
      {
        onSuccess: ({ PipelineExecutionArn: arn }) => {
          sessionStorage.removeItem(`start.${name}`);
          close();
          go(`/pipelines/${name}/executions/${arn.split("/").pop()}`);
        },
      },
    );
  return (
    <Dialog
      title={`Start ${name}`}
      close={close}
      wide
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className="button button--primary" disabled={Object.keys(faults).length > 0 || start.isPending} onClick={send}>
            Start execution
          </button>
        </>
      }
    >
      {start.error ? <ErrorBox error={start.error} /> : null}
      <ParameterFields
        kept={`start.${name}`}
        parameters={parameters}
        values={values}
        setValues={setValues}
      />
      <label className="field">
        <span className="field__label">
          Description <span className="faint">optional</span>
        </span>
        <input className="input" value={description} maxLength={3072} onChange={(event) => setDescription(event.target.value)} />
      </label>
      <details>
        <summary>The same with boto3</summary>
        <div style={{ marginTop: 8 }}>
          <Snippet text={code(request)} />
        </div>
      </details>
    </Dialog>
  );
}

function code(request: { PipelineName: string; PipelineParameters: { Name: string; Value: string }[]; PipelineExecutionDescription?: string }): string {
  const lines = request.PipelineParameters.map(({ Name, Value }) => `        {"Name": ${JSON.stringify(Name)}, "Value": ${JSON.stringify(Value)}},`);
  return [
    'boto3.client("sagemaker").start_pipeline_execution(',
    `    PipelineName=${JSON.stringify(request.PipelineName)},`,
    ...(lines.length ? ["    PipelineParameters=[", ...lines, "    ],"] : []),
    ...(request.PipelineExecutionDescription ? [`    PipelineExecutionDescription=${JSON.stringify(request.PipelineExecutionDescription)},`] : []),
    ")",
  ].join("\n");
}
