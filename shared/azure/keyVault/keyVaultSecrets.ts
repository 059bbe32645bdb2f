// Implements the SecretReader port over the Key Vault's Get Secret.
import type { TokenCredential } from "@azure/identity";
import { z } from "zod";
import type { EngineFailure } from "../../migration/observed.ts";
import type { SecretReader } from "../../ports.ts";

const API_VERSION = "7.4";
const ANSWER_WITHIN_MS = 30_000;
const Secret = z.looseObject({ value: z.string() });
/** A secret's name, so that it cannot become another path. */
const NAME = /^[0-9A-Za-z-]{1,127}$/;

/** Without a vault in the settings every read fails in words. Nothing is kept, nothing is logged. */
export const createKeyVaultSecrets = (options: {
  readonly credential: TokenCredential;
  /** "https://vault1.vault.azure.net". */
  readonly vaultUri: string | undefined;
  /** Of the cloud: "https://vault.azure.net/.default". */
  readonly scope: string;
  /**
   * The address of the Teams workflow, which lies in the same vault: never given away, whatever its secret is called.
   */
  readonly withheld: string | undefined;
}): SecretReader => ({
  async read(name) {
    if (options.vaultUri === undefined)
      return refused("NoKeyVault", `There is no vault to read "${name}" from.`, "Set KEY_VAULT_URI.");
    if (!NAME.test(name))
      return refused("InvalidSecretName", `"${name.slice(0, 130)}" is no name of a secret.`, "Correct the name.");
    try {
      const token = await options.credential.getToken(options.scope);
      const answer = await fetch(`${options.vaultUri}/secrets/${name}?api-version=${API_VERSION}`, {
        headers: { authorization: `Bearer ${token?.token ?? ""}` },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const secret = answer.ok ? Secret.safeParse(await answer.json()) : undefined;
      if (secret?.success && secret.data.value.trim() === options.withheld)
        return refused("SecretWithheld", `"${name}" is a secret of sqlferry's own.`, "Name the secret of a password.");
      if (secret?.success) return { ok: true, value: secret.data.value };
      return refused(
        `KeyVault${answer.status}`,
        `The Key Vault answered ${answer.status} for the secret "${name}".`,
        'Create the secret, or grant the app\'s identity the role "Key Vault Secrets User" on the vault.',
      );
    } catch (error) {
      const { message } = error as Error;
      return refused(
        "KeyVaultSilent",
        `The Key Vault gave no answer: ${message}`,
        "Check KEY_VAULT_URI and the network.",
      );
    }
  },
});

const refused = (code: string, message: string, remedy: string): { ok: false; failure: EngineFailure } => ({
  ok: false,
  failure: { code, message, cause: "A secret that the file share needs could not be read.", remedy, kind: "user" },
});
