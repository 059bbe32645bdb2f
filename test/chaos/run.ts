// Searches for a seed that ends badly: `npm run chaos -- --seed N --count N` tries N seeds from the given one on.
import { parseArgs } from "node:util";
import { chaos } from "./chaos.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
for (let seed = first; seed < first + Number(values.count ?? 1); seed++) {
  const { faults, figures } = await chaos(seed);
  console.log(
    `seed ${seed}: ${faults.length === 0 ? "all is well" : `${faults.length} faults`} ${JSON.stringify(figures)}`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
process.exit(); // deadlines of dead requests
