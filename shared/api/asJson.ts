// Converts values to what JSON can carry: LSNs as decimal text, absent members left out.
import { formatLsn } from "../backup/lsn.ts";

/** The same shape with text in place of every LSN. */
export type AsJson<Value> = Value extends bigint
  ? string
  : Value extends readonly (infer Item)[]
    ? readonly AsJson<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: AsJson<Value[Key]> }
      : Value;

/** A copy that survives JSON.stringify and JSON.parse unchanged. For plain data: no dates, no classes. */
export const asJson = <Value>(value: Value): AsJson<Value> => converted(value) as AsJson<Value>;

function converted(value: unknown): unknown {
  if (typeof value === "bigint") return formatLsn(value);
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([name, member]) => [name, converted(member)]));
}
