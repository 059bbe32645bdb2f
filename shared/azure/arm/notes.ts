// Writes Azure's refusals and unknown answers to the app's log, each once, with Azure's own text.
import type { ArmRefusal } from "./armRequests.ts";

/**
 * Takes a sentence for the log. The request's id is what Microsoft's support asks for; it does not make a text another
 * one.
 */
export type Note = (text: string, requestId?: string) => void;

/** What is remembered as told; then it may be told anew. */
const MOST_TOLD = 500;

/** Writes each text once, however many adapters tell it. */
export function noteOnce(write: (line: string) => void): Note {
  const told = new Set<string>();
  return (text, requestId) => {
    if (told.has(text)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(text);
    write(requestId === undefined ? text : `${text} (x-ms-request-id ${requestId})`);
  };
}

/** Status, code and message of a refusal. */
export const refusalText = ({ operation, status, code, message }: ArmRefusal): string =>
  `Azure refused ${operation}: ${status} ${code}: ${message}`;

/** A sentence for each value, or name of a member, that is not among the known ones. Empty and absent ones are none. */
export const unknownTo = (
  known: readonly string[],
  what: string,
  found: readonly (string | undefined)[],
): readonly string[] =>
  [...new Set(found)].flatMap((one) =>
    one === undefined || one === "" || known.includes(one) ? [] : [`Azure shows an unknown ${what}: "${one}".`],
  );
