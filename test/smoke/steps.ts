// Checks a deployed sqlferry, from its health to a judged backup, in the order in which people need it; leaves nothing
// running.
import type { ContainerClient } from "@azure/storage-blob";
import { sourceDatabase } from "../../local/backups/history.ts";
import {
  closedFinding,
  type Finding,
  handshakeFinding,
  healthFinding,
  leftOut,
  lockedFinding,
  type Seen,
  signInFinding,
  verdictFinding,
  well,
  wrong,
} from "./findings.ts";

export interface SmokeOptions {
  readonly baseUrl: string;
  /** The caller's token; absent: the host signs everybody in, as the local one does. */
  readonly token: string | undefined;
  /** The container that backups are uploaded to; absent: none is uploaded. */
  readonly backups: ContainerClient | undefined;
  /** The webhooks' system keys by extension; absent: the handshakes are skipped. */
  readonly keys: Readonly<Record<"blobs" | "eventgrid", string>> | undefined;
  /** How long a file may wait for its verdict: longer than the interval of sweeps. */
  readonly patienceSeconds: number;
  /** Receives each finding at once. */
  readonly tell: (step: string, finding: Finding) => void;
  /** Receives a line before a step that takes long. */
  readonly say: (line: string) => void;
}

/** True when everything was in order. A step that cannot be taken is skipped, and says so. */
export async function smoke(options: SmokeOptions): Promise<boolean> {
  const { tell } = options;
  let isWell = true;
  const step = (name: string, finding: Finding): boolean => {
    tell(name, finding);
    isWell &&= finding.kind !== "wrong";
    return finding.kind === "well";
  };
  const ask = asker(options);

  const health = await ask("GET", "/api/v1/health", { signedIn: false });
  step("health", healthFinding(health, health.status === undefined ? health : await ask("GET", "/api/v1/diagnosis")));
  if (health.status === undefined) return false;
  if (options.token !== undefined)
    step("sign-in: closed", closedFinding(await ask("GET", "/api/v1/migrations", { signedIn: false })));
  const isIn = step(
    "sign-in: caller",
    signInFinding(await ask("GET", "/api/v1/migrations"), options.token !== undefined),
  );

  for (const [extension, name] of WEBHOOKS) {
    const path = `/runtime/webhooks/${extension}?functionName=${name}`;
    if (!step(`webhook ${name}`, lockedFinding(name, await handshake(ask, path)))) continue;
    if (options.keys === undefined) continue;
    const keyed = `${path}&code=${encodeURIComponent(options.keys[extension])}`;
    const seen = await handshake(ask, keyed);
    const agreed = (seen.body as { validationResponse?: string } | undefined)?.validationResponse === CODE;
    step(`handshake ${name}`, handshakeFinding(name, seen, agreed, options.keys[extension] !== ""));
  }
  if (options.keys === undefined)
    tell("handshakes", leftOut("The webhooks' keys are not known.", "--app names the function app."));

  if (!isIn) tell("a backup", leftOut("No backup is dropped: the caller is not in."));
  else if (options.backups === undefined)
    tell("a backup", leftOut("No backup is dropped: where they go is not known.", "--backups names the container."));
  else await dropOne(ask, step, options, options.backups);
  return isWell;
}

const WEBHOOKS = [
  ["blobs", "Host.Functions.BackupArrived"],
  ["eventgrid", "BackupDeleted"],
  ["eventgrid", "NotifyTeams"],
] as const;
const CODE = "sqlferry-smoke";

type Ask = (
  method: string,
  path: string,
  more?: { readonly signedIn?: boolean; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Seen>;

function asker({ baseUrl, token }: SmokeOptions): Ask {
  return async (method, path, { signedIn = true, body, headers = {} } = {}) => {
    try {
      const answer = await fetch(`${baseUrl}${path}`, {
        method,
        redirect: "manual",
        headers: {
          accept: "application/json",
          "content-type": "application/json",
          ...(signedIn && token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(240_000), // a cold start; App Service's own limit is shorter
      });
      const text = await answer.text();
      const location = answer.headers.get("location");
      return { status: answer.status, body: jsonOf(text), ...(location !== null && { location }) };
    } catch {
      return { status: undefined };
    }
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page, or nothing
  }
}

/** The request with which Event Grid validates an endpoint. */
const handshake = (ask: Ask, path: string): Promise<Seen> =>
  ask("POST", path, {
    signedIn: false,
    headers: { "aeg-event-type": "SubscriptionValidation" },
    body: [
      {
        id: CODE,
        topic: CODE,
        subject: "",
        eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
        eventTime: new Date().toISOString(),
        data: { validationCode: CODE },
        dataVersion: "1",
        metadataVersion: "1",
      },
    ],
  });

/**
 * Registers a new folder whose start a person would have to ask for, so that nothing starts whatever the app's settings
 * are.
 */
async function dropOne(
  ask: Ask,
  step: (name: string, finding: Finding) => boolean,
  { patienceSeconds, say }: SmokeOptions,
  backups: ContainerClient,
): Promise<void> {
  const folder = `sqlferry-smoke-${Date.now().toString(36)}`;
  const created = await ask("POST", "/api/v1/migrations", {
    body: { source: { folder }, target: { databaseName: folder }, mode: "offline", start: "manual" },
  });
  const id = (created.body as { migrationId?: string } | undefined)?.migrationId;
  const registered: Finding =
    created.status === 201 ? well(`The draft ${folder} is registered.`) : signInFinding(created);
  if (!step("a draft", registered) || id === undefined) return;

  const { fileName, bytes } = sourceDatabase({ name: folder, startedAt: "2025-11-24T21:00:00" }).full();
  const blob = backups.getBlockBlobClient(`${folder}/${fileName}`);
  try {
    await blob.uploadData(bytes);
    const began = Date.now();
    say("Waiting for the verdict: seconds when events come, up to ten minutes when the sweep has to find the file.");
    const verdict = await until(patienceSeconds, async () => {
      const seen = (await filesOf(ask, id))?.find(({ name }) => name === blob.name)?.verdict;
      return seen === "reading" ? undefined : seen;
    });
    step("a backup", verdictFinding(verdict, (Date.now() - began) / 1_000));
  } catch (error) {
    step(
      "a backup",
      wrong(
        `It could not be uploaded: ${(error as Error).message.split("\n")[0]}`,
        "Storage Blob Data Contributor on the container for whoever uploads, and UPLOAD_ADDRESSES: infra/README.md, Network.",
      ),
    );
  } finally {
    await tidyUp(ask, step, { id, folder, patienceSeconds, remove: () => blob.deleteIfExists() });
  }
}

/** The draft is canceled, the file deleted, and the app has noticed both. */
async function tidyUp(
  ask: Ask,
  step: (name: string, finding: Finding) => boolean,
  given: {
    readonly id: string;
    readonly folder: string;
    readonly patienceSeconds: number;
    readonly remove: () => Promise<unknown>;
  },
): Promise<void> {
  const { id, folder, patienceSeconds, remove } = given;
  await ask("POST", `/api/v1/migrations/${id}/cancel`, { body: { reason: "The smoke test is over." } });
  const canceled = await until(patienceSeconds, async () => {
    const { body } = await ask("GET", `/api/v1/migrations/${id}`);
    return (body as { state?: string } | undefined)?.state === "canceled" ? true : undefined;
  });
  step(
    "cancel",
    canceled
      ? well("The draft is canceled.")
      : wrong(
          "The draft is not canceled: its orchestration does not run.",
          "docs/operations.md, stalled-runs and dead-runs; host.json's backend: infra/README.md, How much.",
        ),
  );
  await remove();
  const gone = await until(patienceSeconds, async () => {
    const files = await filesOf(ask, id);
    return files !== undefined && files.length === 0 ? true : undefined;
  });
  step(
    "removed",
    gone
      ? well(
          `The file is deleted, and the app knows. The canceled migration ${folder} stays in the list and in the audit.`,
        )
      : wrong(
          "The file is deleted, and the app does not know.",
          "azd provision subscriptions --no-state: the subscription sqlferry-backup-deleted.",
        ),
  );
}

const filesOf = async (ask: Ask, id: string) =>
  (
    (await ask("GET", `/api/v1/migrations/${id}/files`)).body as
      | { readonly items?: readonly { readonly name: string; readonly verdict?: string }[] }
      | undefined
  )?.items;

async function until<Result>(seconds: number, look: () => Promise<Result | undefined>): Promise<Result | undefined> {
  const end = Date.now() + 1_000 * seconds;
  for (;;) {
    const seen = await look();
    if (seen !== undefined || Date.now() > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
