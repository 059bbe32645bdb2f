// GET /openapi.json: the contract of this API, as OpenAPI 3.1.
import type { HttpHandler } from "@azure/functions";
import { openApi } from "../../../shared/api/openApi.ts";
import { packageVersion } from "../../../shared/packageVersion.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

/** For a Reader: it tells the version and every way in. Whoever writes a client has docs/openapi.json. Made once, when first asked for. */
export const getOpenApi = (services: Services): HttpHandler => {
  let document: object | undefined;
  return endpoint(services, "GetOpenApi", async () => {
    document ??= openApi(await packageVersion(import.meta.url));
    return json(200, document);
  });
};
