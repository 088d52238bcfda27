/** A project's repositories: files, commits, and how to clone them. */

import { ChevronRight, FileText, Folder, FolderGit2 } from "lucide-react";
import { useAddress } from "../../parts/address";
import { Card, Empty, Loaded, SkeletonLines } from "../../parts/Box";
import { Copyable, CopyButton, Snippet } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Time } from "../../parts/Time";
import { useOperation, useReading } from "../../wire/query";
import { useSession } from "../../wire/session";
import { type Commit, cloneCommand, dateOf, decoded, history, shortNames } from "./repository";
import type { Belongings } from "./shapes";

interface Branch {
  branch: { commitId: string };
}

interface FolderAnswer {
  commitId: string;
  subFolders: { absolutePath: string; relativePath: string }[];
  files: { absolutePath: string; relativePath: string }[];
}

interface RepositoryAnswer {
  repositoryMetadata: { defaultBranch?: string; repositoryDescription?: string };
}

export function Repositories({ project, own }: { project: string; own: Belongings }) {
  const [search, go] = useAddress({ visited: true });
  const names = own.repositories.map((each) => each.name);
  const chosen = names.find((each) => each === search.get("repository")) ?? names[0];
  const short = shortNames(names);
  if (!chosen) return <Empty>This project's template brings no repository.</Empty>;
  return (
    <Card
      flush
      title={
        <span className="choice-row" role="group" aria-label="Repository">
          {names.map((each) => (
            <button key={each} type="button" className="button button--small" aria-pressed={each === chosen} onClick={() => go({ repository: each, path: null, file: null })}>
              <FolderGit2 /> {short.get(each)}
            </button>
          ))}
        </span>
      }
      actions={<Copyable text={cloneCommand(chosen, project, useSession().region)}>Copy the clone command</Copyable>}
    >
      <Repository name={chosen} path={search.get("path") ?? ""} file={search.get("file")} go={go} />
    </Card>
  );
}

interface Place {
  name: string;
  path: string;
  file: string | null;
  go: (values: Record<string, string | null>) => void;
}

function Repository({ name, path, file, go }: Place) {
  const { account, region } = useSession();
  const about = [`arn:aws:codecommit:${region}:${account}:${name}`];
  const repository = useOperation<RepositoryAnswer>("codecommit", "GetRepository", { repositoryName: name }, { about });
  const branchName = repository.data?.repositoryMetadata.defaultBranch;
  const branch = useOperation<Branch>("codecommit", "GetBranch", { repositoryName: name, branchName }, { about, enabled: branchName !== undefined });
  if (repository.data && !branchName) return <Empty action={<Snippet text={`git push origin HEAD:main`} />}>The repository has no branch yet.</Empty>;
  return (
    <Loaded query={branch} waiting={<div style={{ padding: 16 }}><SkeletonLines lines={8} /></div>}>
      {({ branch: { commitId } }) => (
        <div className="repository">
          <div className="repository__list">
            <Path name={name} branch={branchName ?? ""} path={file ?? path} go={go} />
            {file ? <File name={name} commit={commitId} file={file} /> : <Files name={name} commit={commitId} path={path} go={go} />}
          </div>
          <Commits name={name} head={commitId} />
        </div>
      )}
    </Loaded>
  );
}

function Path({ name, branch, path, go }: { name: string; branch: string; path: string; go: Place["go"] }) {
  const parts = path.split("/").filter(Boolean);
  return (
    <nav className="repository__path" aria-label={`Path in ${name}`}>
      <button type="button" className="link-button" onClick={() => go({ path: null, file: null })}>
        {branch}
      </button>
      {parts.map((part, place) => (
        <span key={place} style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
          <ChevronRight size={13} aria-hidden="true" />
          {place === parts.length - 1 ? (
            <span>{part}</span>
          ) : (
            <button type="button" className="link-button" onClick={() => go({ path: parts.slice(0, place + 1).join("/"), file: null })}>
              {part}
            </button>
          )}
        </span>
      ))}
    </nav>
  );
}

function Files({ name, commit, path, go }: { name: string; commit: string; path: string; go: Place["go"] }) {
  const folder = useOperation<FolderAnswer>("codecommit", "GetFolder", { repositoryName: name, commitSpecifier: commit, folderPath: path }, { fixed: true });
  return (
    <Loaded query={folder} waiting={<div style={{ padding: 16 }}><SkeletonLines lines={8} /></div>}>
      {({ subFolders, files }) => (
        <>
          {subFolders.map((each) => (
            <button key={each.absolutePath} type="button" className="repository__row" onClick={() => go({ path: each.absolutePath, file: null })}>
              <Folder aria-hidden="true" /> {each.relativePath}
            </button>
          ))}
          {files.map((each) => (
            <button key={each.absolutePath} type="button" className="repository__row" onClick={() => go({ path, file: each.absolutePath })}>
              <FileText aria-hidden="true" /> {each.relativePath}
            </button>
          ))}
          {subFolders.length + files.length === 0 ? <Empty>Nothing lies here.</Empty> : null}
        </>
      )}
    </Loaded>
  );
}

const LINES_MAX = 5000;

function File({ name, commit, file }: { name: string; commit: string; file: string }) {
  const answer = useOperation<{ fileContent: string; fileSize: number }>("codecommit", "GetFile", { repositoryName: name, commitSpecifier: commit, filePath: file }, { fixed: true });
  return (
    <Loaded query={answer} waiting={<div style={{ padding: 16 }}><SkeletonLines lines={8} /></div>}>
      {({ fileContent }) => {
        const text = decoded(fileContent);
        if (text === null) return <Empty>This file is not text.</Empty>;
        const lines = text.replace(/\n$/, "").split("\n");
        return (
          <div style={{ position: "relative" }}>
            <pre className="repository__code" tabIndex={0} aria-label={file}>
              {lines.slice(0, LINES_MAX).map((line, place) => (
                <span key={place}>
                  <i>{place + 1}</i>
                  <span>{line || " "}</span>
                </span>
              ))}
            </pre>
            <span className="repository__copy">
              <CopyButton text={text} />
            </span>
          </div>
        );
      }}
    </Loaded>
  );
}

function Commits({ name, head }: { name: string; head: string }) {
  const commits = useReading<Commit[]>(["codecommit", "history", name, head], (signal) => history(name, head, signal), { fixed: true });
  return (
    <section className="repository__side" aria-label="Commits">
      <Loaded query={commits} waiting={<div style={{ padding: 16 }}><SkeletonLines lines={5} /></div>}>
        {(found) => (
          <ol>
            {found.map((commit) => (
              <li key={commit.commitId} className="commit">
                <span className="commit__message" title={commit.message}>
                  {commit.message.split("\n")[0]}
                </span>
                <span className="commit__about">
                  <span>{commit.author.name}</span>
                  <Time at={dateOf(commit.author.date)} />
                  <Copyable text={commit.commitId} mono>
                    {commit.commitId.slice(0, 8)}
                  </Copyable>
                </span>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </section>
  );
}

export function CloneDialog({ project, repositories, close }: { project: string; repositories: string[]; close: () => void }) {
  const { region } = useSession();
  return (
    <Dialog title="Clone" close={close} wide>
      <p className="soft">In a shell that is set up for this server, plain git works:</p>
      <Snippet text={'eval "$(ormer env)"'} />
      {repositories.map((repository) => (
        <Snippet key={repository} text={cloneCommand(repository, project, region)} />
      ))}
    </Dialog>
  );
}
