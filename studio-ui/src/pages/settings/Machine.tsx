/** How this machine is: what jobs need, and where the bytes lie. */

import { Card, Loaded } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { bytesText } from "../../parts/objectText";
import { Mark } from "../../parts/Status";
import { read } from "../../wire/call";
import { useReading } from "../../wire/query";

interface Finding {
  name: string;
  good: boolean;
  seen: string;
  advice: string;
}

interface Area {
  name: string;
  label: string;
  about: string;
  bytes: number;
  files: number;
  more: boolean;
}

export function Machine() {
  const doctor = useReading<{ findings: Finding[] }>(["ormer", "doctor"], (signal) => read("doctor", signal));
  const storage = useReading<{ home: string; areas: Area[] }>(["ormer", "storage"], (signal) => read("storage", signal), { enabled: doctor.data !== undefined });
  return (
    <>
      <Card
        title="Doctor"
        flush
        actions={
          <button type="button" className="button button--small" disabled={doctor.isFetching} onClick={() => void doctor.refetch()}>
            Check again
          </button>
        }
      >
        <Loaded query={doctor}>
          {({ findings }) => (
            <ul className="checks">
              {findings.map((finding) => (
                <li key={finding.name}>
                  <span className="status" data-look={finding.good ? "good" : "bad"}>
                    <Mark look={finding.good ? "good" : "bad"} />
                    <span className="hidden-words">{finding.good ? "good" : "not good"}</span>
                  </span>
                  <span className="checks__name">{finding.name}</span>
                  <span className="soft checks__seen">{finding.seen}</span>
                  {finding.good || !finding.advice ? null : <span className="checks__advice">{finding.advice}</span>}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Card>
      {doctor.data ? (
        <Card title="Storage" flush>
          <Loaded query={storage}>{(found) => <Areas {...found} />}</Loaded>
        </Card>
      ) : null}
    </>
  );
}

function Areas({ home, areas }: { home: string; areas: Area[] }) {
  const whole = areas.reduce((sum, area) => sum + area.bytes, 0);
  return (
    <>
      <p className="card__body">
        <strong className="number">{bytesText(whole)}</strong> in <Copyable text={home} mono />
      </p>
      <ul className="areas">
        {areas.map((area) => (
          <li key={area.name}>
            <span className="areas__name">{area.label}</span>
            <span className="number areas__size">
              {area.more ? "at least " : ""}
              {bytesText(area.bytes)}
            </span>
            <span className="areas__bar" aria-hidden="true">
              <span style={{ width: `${whole ? Math.max(0.4, (100 * area.bytes) / whole) : 0}%` }} />
            </span>
            <span className="soft small areas__about">{area.about}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
