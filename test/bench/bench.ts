// Runs the benchmarks: `npm run bench` prints figures and judges none, since tests never look at the clock.
import { benchChain } from "./chain.bench.ts";
import { benchFolder } from "./folder.bench.ts";
import { benchHeaders } from "./headers.bench.ts";
import { benchHost } from "./host.bench.ts";
import { benchLoad } from "./load.bench.ts";
import { benchSizing } from "./sizing.bench.ts";
import { benchStart } from "./start.bench.ts";
import { benchUploads } from "./uploads.bench.ts";

for (const bench of [
  benchStart,
  benchHeaders,
  benchChain,
  benchFolder,
  benchHost,
  benchUploads,
  benchLoad,
  benchSizing,
])
  await bench();
