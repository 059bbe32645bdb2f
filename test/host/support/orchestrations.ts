// Starts, wakes and watches orchestrations over HTTP, as the durable client does.
import { patientFetch } from "../../support/patientFetch.ts";
import { until } from "./processes.ts";

export interface Status {
  readonly name: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly historyEvents?: readonly Readonly<Record<string, unknown>>[];
}

export interface OrchestrationClient {
  /** Returns the HTTP status of the answer. */
  start(name: string, id: string, input?: unknown): Promise<number>;
  raise(id: string, event: string, data?: unknown): Promise<number>;
  post(path: string): Promise<number>;
  remove(id: string): Promise<number>;
  status(id: string): Promise<Status>;
  statusCode(id: string): Promise<number>;
  /** Waits until the orchestration has ended. */
  end(id: string): Promise<Status>;
}

/** `caller`: the app's durable client, whose calls strict mode judges, or a person who uses the management URLs. */
export function orchestrationClient(port: number, caller: "app" | "person" = "app"): OrchestrationClient {
  const base = `http://127.0.0.1:${port}${caller === "app" ? "" : "/runtime/webhooks"}/durabletask`;
  const send = async (method: string, path: string, data?: unknown): Promise<Response> =>
    patientFetch(`${base}/${path}`, { method, ...(data === undefined ? {} : { body: JSON.stringify(data) }) });
  const code = async (response: Promise<Response>): Promise<number> => {
    const { status, body } = await response;
    await body?.cancel();
    return status;
  };
  const status = async (id: string): Promise<Status> =>
    (await send("GET", `instances/${id}?showHistory=true&showHistoryOutput=true`)).json() as Promise<Status>;
  return {
    start: (name, id, input) => code(send("POST", `orchestrators/${name}/${id}`, input)),
    raise: (id, event, data) => code(send("POST", `instances/${id}/raiseEvent/${event}`, data)),
    post: (path) => code(send("POST", path)),
    remove: (id) => code(send("DELETE", `instances/${id}`)),
    status,
    statusCode: (id) => code(send("GET", `instances/${id}`)),
    end: (id) =>
      until(`${id} to end`, async () => {
        const now = await status(id);
        return ["Completed", "Failed", "Terminated"].includes(now.runtimeStatus) && now;
      }),
  };
}
