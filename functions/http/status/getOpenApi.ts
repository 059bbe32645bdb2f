// GET /openapi.json: returns the contract of this API, as OpenAPI 3.1.
import type { HttpHandler } from "@azure/functions";
import { openApi } from "../../../shared/api/openApi.ts";
import { packageVersion } from "../../../shared/packageVersion.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

/**
 * Takes the role Reader: it names the version and every route. Authors of clients have docs/openapi.json. Built once,
 * at the first request.
 */
export const getOpenApi = (services: Services): HttpHandler => {
  let document: object | undefined;
  return endpoint(services, "GetOpenApi", async () => {
    document ??= openApi(await packageVersion(import.meta.url));
    return json(200, document);
  });
};
