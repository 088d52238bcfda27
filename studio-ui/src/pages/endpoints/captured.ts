/** Captured requests: where they lie, and one line of a file as people read it.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
 */

export interface Record_ {
  id: string;
  at: string;
  input: string;
  output: string;
  contentType: string;
}

interface Part {
  data?: string;
  encoding?: string;
  observedContentType?: string;
}

interface Line {
  captureData?: { endpointInput?: Part; endpointOutput?: Part };
  eventMetadata?: { eventId?: string; inferenceId?: string; inferenceTime?: string };
}

/** The records of a file, the newest first; lines that are none are left out. */
export function recordsOf(text: string): Record_[] {
  const found = text.split("\n").flatMap((line): Record_[] => {
    const parsed = line.trim() ? read(line) : null;
    if (!parsed?.captureData) return [];
    const { endpointInput: input, endpointOutput: output } = parsed.captureData;
    return [
      {
        id: parsed.eventMetadata?.inferenceId ?? parsed.eventMetadata?.eventId ?? "",
        at: parsed.eventMetadata?.inferenceTime ?? "",
        input: textOf(input),
        output: textOf(output),
        contentType: input?.observedContentType ?? "",
      },
    ];
  });
  return found.reverse();
}

function read(line: string): Line | null {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return null;
  }
}

function textOf(part: Part | undefined): string {
  if (!part?.data) return "";
  if (part.encoding !== "BASE64") return part.data.trim();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(part.data)).trim();
  } catch {
    return `${part.data.length} characters of base64`;
  }
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export function base64Of(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
