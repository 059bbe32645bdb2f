// How fast is it? `npm run bench` prints figures and judges none: tests never look at the clock.
import { benchBursts } from "./burst.bench.ts";
import { benchChain } from "./chain.bench.ts";
import { benchFolder } from "./folder.bench.ts";
import { benchHeaders } from "./headers.bench.ts";
import { benchHost } from "./host.bench.ts";
import { benchLooks } from "./looks.bench.ts";
import { benchSizing } from "./sizing.bench.ts";
import { benchUploads } from "./uploads.bench.ts";

const BENCHES = [benchHeaders, benchChain, benchFolder, benchLooks, benchHost, benchUploads, benchBursts, benchSizing];
for (const bench of BENCHES) await bench();
