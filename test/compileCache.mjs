// Keeps the compiled code of the hundreds of processes that tests start in one folder, so that each file is compiled
// once.
import { fileURLToPath } from "node:url";

process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/sqlferry-tests", import.meta.url));
