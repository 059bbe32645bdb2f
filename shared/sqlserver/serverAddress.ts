// Reads the name of a server as SQL Server's own tools take it: HOST, HOST\INSTANCE, HOST,PORT.

export interface ServerAddress {
  /** Name or IP address. */
  readonly host: string;
  /** A named instance, whose port SQL Server Browser tells (UDP 1434). Absent where the port is given. */
  readonly instance?: string;
  /** 1433 where neither instance nor port is given. */
  readonly port?: number;
}

const LOCAL = [".", "(local)"];
const DEFAULT_PORT = 1433;
const EXPECTED = "Expected: HOST, HOST\\INSTANCE or HOST,PORT";

/** The address, or what is wrong with the text. A port wins over an instance, as in SQL Server's own tools. */
export function serverAddress(text: string): ServerAddress | { readonly wrong: string } {
  const given = text.trim().replace(/^tcp:/i, "");
  const wrong = (why: string) => ({ wrong: `"${text}" names no server: ${why}. ${EXPECTED}.` });
  if (/^(np|lpc|admin):/i.test(given)) return wrong("only TCP is spoken");
  if (/^\(localdb\)/i.test(given)) return wrong("LocalDB does not listen on the network");
  const [, place = "", portText] = /^(.*?)(?:,\s*(\d+))?$/.exec(given) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) return wrong(`${port} is no port`);
  const [hostText = "", instance, ...more] = place.split("\\");
  const host = LOCAL.includes(hostText.toLowerCase()) ? "localhost" : hostText.replace(/^\[(.*)\]$/, "$1");
  if (host === "") return wrong("there is no host");
  if (more.length > 0 || instance === "") return wrong("an instance follows one backslash");
  if (/^[^:]+:\d+$/.test(host)) return wrong("a port follows a comma");
  if (/[\s,/;]/.test(host)) return wrong(`"${host}" is no host`);
  if (port !== undefined) return { host, port };
  return instance === undefined ? { host, port: DEFAULT_PORT } : { host, instance };
}
