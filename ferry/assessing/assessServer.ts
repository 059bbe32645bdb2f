// Reads a source server for `ferry assess`, shows the progress, and continues an interrupted run.
import type { SourceFacts } from "../../shared/source/facts.ts";
import { type ConnectOptions, connect } from "../../shared/sqlserver/connection.ts";
import { readSource } from "../../shared/sqlserver/readSource.ts";
import { SourceFailure } from "../../shared/sqlserver/sourceFailure.ts";
import { EXIT, FerryError } from "../exit.ts";
import { countOn } from "../print/countProgress.ts";
import { keptIn, partialOf } from "./partialFile.ts";
import { toldFailure } from "./sourceServer.ts";

/** The history in msdb of years and many databases takes a while. */
const REQUEST_SECONDS = 300;

export interface ServerReading {
  readonly options: ConnectOptions;
  readonly databases: readonly string[];
  /** The file that the assessment will be saved to; what is read is kept beside it until then. */
  readonly save: string | undefined;
}

/** Ctrl-C ends it with 130. */
export async function readServer({ options, databases, save }: ServerReading): Promise<SourceFacts> {
  const open = () => connect({ ...options, requestSeconds: REQUEST_SECONDS });
  const { server, signIn } = options;
  const first = await toldFailure(open);
  const user = signIn.kind === "entra" ? "entra" : signIn.user;
  const kept = save === undefined ? undefined : keptIn(partialOf(save), server, user);
  if (kept?.since !== undefined)
    process.stderr.write(
      `Going on where the run of ${kept.since} was interrupted: ${kept.known.length} databases are read.\n`,
    );
  const progress = countOn(process.stderr);
  let [done, total] = [0, 0];
  const standing = (): string => {
    const where =
      save === undefined ? "With --save FILE it would go on there" : "The same command goes on there, within a day";
    return total === 0 ? "No database was read yet." : `${done} of ${total} databases were read. ${where}.`;
  };
  const interrupted = (): void => {
    progress.end();
    process.stderr.write(`Interrupted. ${standing()}\n`);
    process.exit(EXIT.interrupted);
  };
  process.once("SIGINT", interrupted);
  try {
    const facts = await readSource(first, {
      ...(databases.length > 0 && { databases }),
      known: kept?.known ?? [],
      reconnect: open,
      onRead: (inside) => kept?.keep(inside),
      onProgress: (at, of, name) => {
        [done, total] = [at, of];
        progress.at(at, of, name);
      },
    });
    progress.end();
    return facts;
  } catch (error) {
    progress.end();
    if (!(error instanceof SourceFailure)) throw error;
    throw new FerryError(EXIT.failed, `${error.message} ${standing()}`.trim());
  } finally {
    process.removeListener("SIGINT", interrupted);
  }
}
