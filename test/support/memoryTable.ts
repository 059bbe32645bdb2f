// Plays a table of Azure for an adapter, request by request, so that a test can do anything between two of them:
// transactions, ETags, pages.
import { RestError, type TableClient, type TransactionAction } from "@azure/data-tables";

export type MemoryRow = Readonly<Record<string, unknown>> & { readonly etag: string };

export interface MemoryTable {
  /** By partition and row key, joined by "|". */
  readonly rows: ReadonlyMap<string, MemoryRow>;
  /** Transactions in the order in which they were accepted. */
  readonly taken: readonly (readonly TransactionAction[])[];
  /** A client whose `gate` is passed before each request. */
  client(gate?: (call: string) => Promise<void>): TableClient;
}

type Entity = { readonly partitionKey: string; readonly rowKey: string } & Record<string, unknown>;

const refusal = (code: string): RestError => new RestError(code, { code });

/** `pageSize`: rows in an answer to a query. Each page shows the table as it is at that time. */
export function memoryTable(pageSize = 1_000): MemoryTable {
  let rows = new Map<string, MemoryRow>();
  let etags = 0;
  const taken: TransactionAction[][] = [];
  const keyOf = ({ partitionKey, rowKey }: Entity): string => `${partitionKey}|${rowKey}`;

  function apply(before: ReadonlyMap<string, MemoryRow>, [action, entity, mode, options]: TransactionAction) {
    const now = new Map(before);
    const row = entity as Entity;
    const known = now.get(keyOf(row));
    const etag = (options as { etag?: string } | undefined)?.etag;
    if (action === "create" && known) throw refusal("EntityAlreadyExists");
    if ((action === "update" || action === "delete") && !known) throw refusal("ResourceNotFound");
    if (etag !== undefined && known?.etag !== etag) throw refusal("UpdateConditionNotSatisfied");
    if (action === "delete") now.delete(keyOf(row));
    else now.set(keyOf(row), { ...(mode === "Merge" && known), ...row, etag: `etag-${++etags}` });
    return now;
  }

  return {
    get rows() {
      return rows;
    },
    taken,
    client(gate = async () => undefined) {
      const client = {
        createTable: async () => undefined,
        async getEntity(partitionKey: string, rowKey: string) {
          await gate("get");
          const row = rows.get(`${partitionKey}|${rowKey}`);
          if (!row) throw refusal("ResourceNotFound");
          return row;
        },
        async *listEntities({ queryOptions: { filter } }: { queryOptions: { filter: string } }) {
          let behind = "";
          for (;;) {
            await gate("query");
            const page = [...rows.values()]
              .filter((row) => isIn(filter, row) && String(row["rowKey"]) > behind)
              .sort((a, b) => (String(a["rowKey"]) < String(b["rowKey"]) ? -1 : 1))
              .slice(0, pageSize);
            yield* page;
            if (page.length < pageSize) return;
            behind = String(page.at(-1)?.["rowKey"]);
          }
        },
        async submitTransaction(actions: TransactionAction[]) {
          await gate("transaction");
          if (actions.length > 100) throw refusal("InvalidInput");
          rows = actions.reduce((now, action) => apply(now, action), rows);
          taken.push(actions);
          const etagOf = (rowKey: string) => [...rows.values()].find((row) => row["rowKey"] === rowKey)?.etag;
          return { getResponseForEntity: (rowKey: string) => ({ rowKey, etag: etagOf(rowKey) }) };
        },
      };
      return client as unknown as TableClient;
    },
  };
}

/** Understands the filters that adapters send: comparisons of keys with texts, joined by "and". */
function isIn(filter: string, row: MemoryRow): boolean {
  return filter.split(" and ").every((part) => {
    const [, property, operator, text = ""] = /^(PartitionKey|RowKey) (eq|ge|gt|lt) '(.*)'$/.exec(part) ?? [];
    if (property === undefined) throw new Error(`This table does not understand "${part}".`);
    const value = String(row[property === "RowKey" ? "rowKey" : "partitionKey"]);
    if (operator === "eq") return value === text;
    if (operator === "lt") return value < text;
    return operator === "ge" ? value >= text : value > text;
  });
}
