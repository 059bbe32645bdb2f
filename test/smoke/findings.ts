// Decides what an answer of a deployed sqlferry means, and which step of the documents fixes it.

export interface Seen {
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** The target of a redirect. */
  readonly location?: string;
  /** Parsed JSON; undefined when it is none. */
  readonly body?: unknown;
}

export interface Finding {
  readonly kind: "well" | "wrong" | "leftOut";
  readonly found: string;
  /** What to do, and where it is described. */
  readonly mend?: string;
}

export const well = (found: string): Finding => ({ kind: "well", found });
export const wrong = (found: string, mend: string): Finding => ({ kind: "wrong", found, mend });
/** A step that was skipped because something is missing; `mend` says what to give. */
export const leftOut = (found: string, mend?: string): Finding => ({
  kind: "leftOut",
  found,
  ...(mend !== undefined && { mend }),
});
const SILENT = wrong(
  "Nobody answers at this address.",
  "Is it `azd env get-value SQLFERRY_URL`, and does the app run? infra/README.md, Where people get stuck.",
);
const REFUSED = wrong(
  "The app's access restrictions refuse this address (403).",
  "Name it in CALLER_ADDRESSES, then azd provision app.",
);
const isSignIn = ({ status, location = "" }: Seen): boolean => status === 302 && /login|oauth2|\.auth/.test(location);
const isProblem = ({ body }: Seen, name: string): boolean =>
  String((body as { type?: string } | undefined)?.type ?? "").endsWith(`/${name}`);
const detailOf = ({ body }: Seen): string => String((body as { detail?: string } | undefined)?.detail ?? "");

/** `seen`: GET /api/v1/health without sign-in, which answers one word; `told`: GET /api/v1/diagnosis as the caller. */
export function healthFinding(seen: Seen, told: Seen = seen): Finding {
  if (seen.status === undefined) return SILENT;
  const { status, body } = seen;
  if (isSignIn(seen) || status === 401)
    return wrong(
      "App Service asks for a sign-in before the health is told.",
      "The excluded paths of the app's authentication are not in force: azd provision app; infra/README.md, Not tried.",
    );
  if (status === 403) return REFUSED;
  const word = (body as { status?: string } | undefined)?.status;
  if (status === 404 || (status === 503 && word === undefined))
    return wrong(
      `The app has no functions (${status}).`,
      "It did not load: its log says which setting is missing or wrong. azd deploy --all, then infra/README.md, Where people get stuck.",
    );
  if (word === "ok") return well("The app answers, reaches state and backups, and sweeps.");
  const details = told.body as
    | { dependencies?: Record<string, string>; unresolvedSettings?: string[]; sweep?: { isLate?: boolean } }
    | undefined;
  if (details?.dependencies === undefined)
    return wrong(
      `The health is ${word ?? status}; what is not well is told to callers with a role only.`,
      "Put the sign-in below in order first, then run this again.",
    );
  const ill = Object.entries(details.dependencies).filter(([, answer]) => answer !== "ok");
  if (ill.length > 0)
    return wrong(
      `These do not answer: ${ill.map(([name]) => name).join(", ")}.`,
      "A role that is not there yet (wait ten minutes), or a firewall without the app's subnet: infra/README.md, Roles and Network.",
    );
  if (details.unresolvedSettings?.length)
    return wrong(
      `Settings whose secret could not be read: ${details.unresolvedSettings.join(", ")}.`,
      "Put the secret into the vault, then azd provision app: infra/README.md, Keys.",
    );
  return wrong(
    details.sweep?.isLate ? "No sweep has come to its end for long." : "The last sweep could not sweep everything.",
    `docs/operations.md, Alerts: ${details.sweep?.isLate ? "sweep-absent" : "sweep-failed, own-faults"}.`,
  );
}

/** GET /api/v1/migrations without sign-in. */
export function closedFinding(seen: Seen): Finding {
  if (seen.status === undefined) return SILENT;
  if (isSignIn(seen) || seen.status === 401) return well("Nobody gets in without signing in.");
  if (seen.status === 403) return REFUSED;
  return wrong(
    `Whoever asks is answered (${seen.status}) without signing in.`,
    "Take the app down now (az functionapp stop), then azd provision app: infra/README.md, Sign-in.",
  );
}

/** GET /api/v1/migrations with the caller's token, if there is one. */
export function signInFinding(seen: Seen, hasToken = true): Finding {
  if (seen.status === undefined) return SILENT;
  if (!hasToken && (seen.status === 401 || isSignIn(seen)))
    return wrong(
      "Nobody is signed in: SQLFERRY_TOKEN is not set.",
      "export SQLFERRY_TOKEN=$(az account get-access-token …): infra/README.md, One command.",
    );
  if (seen.status === 200) return well("The caller is signed in, and has a role.");
  if (isProblem(seen, "role-missing"))
    return wrong(detailOf(seen), "Give the role in Entra ID, then get a new token: infra/README.md, Sign-in.");
  if (isProblem(seen, "not-signed-in"))
    return wrong(
      "App Service let the token pass, and named nobody.",
      "Report what `x-ms-client-principal` holds: infra/README.md, Not tried.",
    );
  if (seen.status === 401 || isSignIn(seen))
    return wrong(
      "App Service does not take the token.",
      "Is it of version 2, for this application, and not older than an hour? az account get-access-token --scope, in infra/README.md, Sign-in.",
    );
  if (seen.status === 403) return REFUSED;
  return wrong(`The API answered ${seen.status}. ${detailOf(seen)}`.trim(), "docs/operations.md, Alerts.");
}

/** A webhook of Event Grid, called without its key: the host has to refuse it. */
export function lockedFinding(name: string, seen: Seen): Finding {
  if (seen.status === undefined) return SILENT;
  if (seen.status === 401 && !isSignIn(seen)) return well(`The webhook ${name} is reached, and asks for its key.`);
  if (isSignIn(seen))
    return wrong(
      `App Service asks for a sign-in before the webhook ${name} is reached: no event can come.`,
      "The excluded paths of the app's authentication are not in force: azd provision app; infra/README.md, Not tried.",
    );
  if (seen.status === 403) return REFUSED;
  if (seen.status === 404)
    return wrong(
      `There is no webhook ${name}: its extension is not loaded.`,
      "azd deploy --all; then look at the app's log.",
    );
  return wrong(
    `The webhook ${name} answers ${seen.status} to a caller without a key.`,
    "Report it; stop the app until it is known why.",
  );
}

/** The handshake that Event Grid makes when a subscription is created. */
export function handshakeFinding(name: string, seen: Seen, agreed: boolean, hasKey = true): Finding {
  if (!hasKey)
    return wrong(
      `The app has no key for the webhook ${name} yet: its host makes it when it first loads the trigger.`,
      "Open the page once, wait a minute, then azd provision subscriptions --no-state.",
    );
  if (seen.status === undefined) return SILENT;
  if (seen.status === 200 && agreed) return well(`The webhook ${name} agrees to be told.`);
  if (seen.status === 401)
    return wrong(
      `The webhook ${name} does not take the key that the app has for it.`,
      "azd provision subscriptions --no-state.",
    );
  return wrong(
    `The webhook ${name} answers ${seen.status} to Event Grid's handshake.`,
    "azd deploy --all, open the page once, then azd provision subscriptions --no-state.",
  );
}

/** How an uploaded file came to its verdict. Without events the sweep finds it, within ten minutes. */
export function verdictFinding(verdict: string | undefined, seconds: number): Finding {
  if (verdict === undefined)
    return wrong(
      `The file has no verdict after ${Math.round(seconds)} seconds.`,
      "Neither event nor sweep found it: is it the app's container? docs/operations.md, dead-letters-backups and sweep-absent.",
    );
  if (verdict !== "selected")
    // a lone full backup is what a chain begins with
    return wrong(`A good backup was judged ${verdict}.`, "Report it, with the file's reason on the page.");
  if (seconds > 90)
    return wrong(
      `The file was judged "${verdict}" after ${Math.round(seconds)} seconds: the sweep found it, not the event.`,
      "azd provision subscriptions --no-state; docs/operations.md, dead-letters-backups. A cold start can do it once: run this again.",
    );
  return well(`The file was judged "${verdict}".`);
}
