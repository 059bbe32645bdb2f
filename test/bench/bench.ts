// Runs the benchmarks: `npm run bench` prints figures and judges none, since tests never look at the clock.
import { benchBursts } from "./burst.bench.ts";
import { benchChain } from "./chain.bench.ts";
import { benchFolder } from "./folder.bench.ts";
import { benchHeaders } from "./headers.bench.ts";
import { benchHost } from "./host.bench.ts";
import { benchList } from "./list.bench.ts";
import { benchLoad } from "./load.bench.ts";
import { benchLooks } from "./looks.bench.ts";
import { benchQueue } from "./queue.bench.ts";
import { benchSizing } from "./sizing.bench.ts";
import { benchStart } from "./start.bench.ts";
import { benchSweep } from "./sweep.bench.ts";
import { benchUploads } from "./uploads.bench.ts";

for (const bench of [
  benchStart,
  benchHeaders,
  benchChain,
  benchFolder,
  benchLooks,
  benchList,
  benchSweep,
  benchHost,
  benchUploads,
  benchBursts,
  benchLoad,
  benchQueue,
  benchSizing,
])
  await bench();
