/** A document as it is, with its parts told apart. */

import { CopyButton } from "./Copyable";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/g;

export function Json({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div className="snippet">
      <pre className="json" tabIndex={0}>
        {[...coloured(text)]}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

function* coloured(text: string): Generator<React.ReactNode> {
  let place = 0;
  for (const match of text.matchAll(TOKEN)) {
    yield text.slice(place, match.index);
    const [whole, quoted, colon] = match;
    const kind = quoted ? (colon ? "json__name" : "json__text") : "json__value";
    yield (
      <span key={match.index} className={kind}>
        {quoted ?? whole}
      </span>
    );
    yield colon ?? "";
    place = match.index + whole.length;
  }
  yield text.slice(place);
}
