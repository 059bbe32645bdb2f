// Where do the hundreds of processes that tests start keep what they have compiled? In one folder, so that each file is compiled once.
import { fileURLToPath } from "node:url";

process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/sqlferry-tests", import.meta.url));
