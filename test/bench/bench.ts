// How fast is it? `npm run bench` prints figures and judges none: tests never look at the clock.
import { benchChain } from "./chain.bench.ts";
import { benchFolder } from "./folder.bench.ts";
import { benchHeaders } from "./headers.bench.ts";
import { benchHost } from "./host.bench.ts";
import { benchList } from "./list.bench.ts";
import { benchSizing } from "./sizing.bench.ts";
import { benchUploads } from "./uploads.bench.ts";

for (const bench of [benchHeaders, benchChain, benchFolder, benchList, benchHost, benchUploads, benchSizing])
  await bench();
