/** A page's head and body; every page is one of these. */

export function Page({ title, beside, about, actions, children }: { title: React.ReactNode; beside?: React.ReactNode; about?: React.ReactNode; actions?: React.ReactNode; children: React.ReactNode }) {
  return (
    <div className="page">
      <div className="page__head">
        <div className="page__title">
          <h1>
            {title}
            {beside}
          </h1>
          {about ? <div className="page__about">{about}</div> : null}
        </div>
        {actions ? <div className="page__actions">{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}
