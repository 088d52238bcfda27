/** A form made from parameters' own definitions: type, default, choices. It keeps what was typed, and says what is wrong. */

import "./parts.css";

export interface FormParameter {
  Name: string;
  Type: string;
  DefaultValue?: string | number | boolean;
  EnumValues?: string[];
  Description?: string;
  Pattern?: string;
}

export type Values = Record<string, string>;

/** The defaults, with what was typed here before. */
export function startValues(kept: string, parameters: FormParameter[]): Values {
  const typed = JSON.parse(sessionStorage.getItem(kept) ?? "{}") as Values;
  return Object.fromEntries(parameters.map((each) => [each.Name, typed[each.Name] ?? String(each.DefaultValue ?? "")]));
}

const FORMS: Record<string, [form: RegExp, text: string]> = {
  Integer: [/^[+-]?\d+$/, "A whole number."],
  Float: [/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, "A number."],
  Boolean: [/^(true|false)$/i, "True or false."],
};

/** What is wrong, by parameter. */
export function faultsOf(parameters: FormParameter[], values: Values): Values {
  const found = parameters.flatMap((each): [string, string][] => {
    const value = values[each.Name] ?? "";
    const fault = faultOf(each, value);
    return fault ? [[each.Name, fault]] : [];
  });
  return Object.fromEntries(found);
}

function faultOf(parameter: FormParameter, value: string): string {
  if (value === "" && parameter.DefaultValue === undefined) return "Needed: it has no default.";
  if (value === "" && parameter.Type === "String") return "";
  const [form, text] = FORMS[parameter.Type] ?? [];
  if (form && !form.test(value)) return text ?? "";
  if (parameter.EnumValues?.length && !parameter.EnumValues.includes(value)) return `One of ${parameter.EnumValues.join(", ")}.`;
  if (parameter.Pattern && !new RegExp(`^(?:${parameter.Pattern})$`, "u").test(value)) return `It must match ${parameter.Pattern}`;
  return "";
}

export function ParameterFields({ kept, parameters, values, setValues }: { kept: string; parameters: FormParameter[]; values: Values; setValues: (values: Values) => void }) {
  const faults = faultsOf(parameters, values);
  const set = (name: string, value: string) => {
    const next = { ...values, [name]: value };
    sessionStorage.setItem(kept, JSON.stringify(next));
    setValues(next);
  };
  if (!parameters.length) return <p className="soft">Nothing to set: this has no parameters.</p>;
  const flags = parameters.filter((each) => each.Type === "Boolean");
  const others = parameters.filter((each) => each.Type !== "Boolean");
  return (
    <>
      <div className="fields">
        {others.map((each) => (
          <Field key={each.Name} parameter={each} value={values[each.Name] ?? ""} fault={faults[each.Name]} set={(value) => set(each.Name, value)} />
        ))}
      </div>
      {flags.length ? (
        <fieldset className="flags">
          <legend className="field__label">Flags</legend>
          {flags.map((each) => (
            <label key={each.Name} className="choice">
              <input type="checkbox" checked={values[each.Name]?.toLowerCase() === "true"} onChange={(event) => set(each.Name, String(event.target.checked))} />
              {each.Name}
            </label>
          ))}
        </fieldset>
      ) : null}
    </>
  );
}

function Field({ parameter, value, fault, set }: { parameter: FormParameter; value: string; fault: string | undefined; set: (value: string) => void }) {
  const id = `parameter-${parameter.Name}`;
  const attributes = { id, className: "input", value, "aria-invalid": fault ? true : undefined, "aria-describedby": fault ? `${id}-fault` : undefined };
  const isDefault = value === String(parameter.DefaultValue ?? "");
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {parameter.Name}
        <span className="faint">{parameter.Type.toLowerCase()}</span>
        {!isDefault && parameter.DefaultValue !== undefined ? (
          <button type="button" className="link-button faint small" style={{ marginLeft: "auto" }} title={`Back to ${parameter.DefaultValue}`} onClick={() => set(String(parameter.DefaultValue))}>
            reset
          </button>
        ) : null}
      </label>
      {parameter.EnumValues?.length ? (
        <select {...attributes} onChange={(event) => set(event.target.value)}>
          {parameter.EnumValues.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      ) : (
        <input {...attributes} inputMode={parameter.Type === "String" ? undefined : "decimal"} spellCheck={false} onChange={(event) => set(event.target.value)} />
      )}
      {parameter.Description ? <span className="field__note">{parameter.Description}</span> : null}
      {fault ? (
        <span className="field__fault" id={`${id}-fault`}>
          {fault}
        </span>
      ) : null}
    </div>
  );
}
