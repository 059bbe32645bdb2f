// Provides "@azure/functions-core" to the app, and records which functions the app registers.
import { globSync, readFileSync } from "node:fs";
import { Module } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, type Log, type LogLevel } from "./log.ts";

export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly direction: "in" | "out";
  readonly properties?: Readonly<Record<string, string>>;
  /** The options of the trigger: route, path, schedule, ... */
  readonly [option: string]: unknown;
}

interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;

export interface RegisteredFunction {
  readonly name: string;
  readonly trigger: Binding;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** One member says which kind it is; the library decodes it. */
export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  | { readonly http: RpcHttp }
  | { readonly modelBindingData: ModelBindingData };

export interface RpcHttp {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly statusCode?: string;
  readonly cookies?: readonly unknown[];
  readonly body?: { readonly bytes?: Uint8Array; readonly string?: string } | null;
}

/** Deferred binding: where the blob is, never its content. */
export interface ModelBindingData {
  readonly version: string;
  readonly source: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: { http?: RpcHttp } | null }>;
}

interface ProgrammingModel {
  getInvocationModel(core: object): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

type Hook = (context: Record<string, unknown>) => unknown;
type HookName = "appStart" | "appTerminate" | "preInvocation" | "postInvocation";

export interface LoadedApp {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly model: ProgrammingModel;
  readonly appHookData: Record<string, unknown>;
  runHooks(name: HookName, context: Record<string, unknown>): Promise<void>;
}

/**
 * What has been registered until now. The library asks for its core module once per process, so one process loads one
 * app.
 */
class Registry {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: { readonly name: string; readonly hook: Hook }[] = [];
  model: ProgrammingModel | undefined;
  locked = false;

  register(metadata: FunctionMetadata, callback: FunctionCallback): void {
    if (this.locked) throw new Error("A function can only be registered during app startup.");
    const { name } = metadata;
    if (this.functions.has(name)) throw new Error(`A function with id "${name}" has already been registered.`);
    const trigger = Object.values(metadata.bindings).find(({ type }) => /trigger$/i.test(type));
    if (!trigger) throw new Error(`The function "${name}" has no trigger.`);
    this.functions.set(name, { name, trigger, metadata, callback });
  }
}

class Disposable {
  readonly #undo: () => void;
  constructor(undo: () => void) {
    this.#undo = undo;
  }
  dispose(): void {
    this.#undo();
  }
}

/** The official worker's own version numbers: what a library may look at to decide what it can use. */
const coreModule = (registry: Registry, log: Log): object => ({
  version: "3.9.1",
  hostVersion: "4.1037.0",
  Disposable,
  setProgrammingModel: (model: ProgrammingModel) => {
    registry.model = model;
  },
  getProgrammingModel: () => registry.model,
  registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => {
    registry.register(metadata, callback);
    return new Disposable(() => registry.functions.delete(metadata.name));
  },
  registerHook: (name: string, hook: Hook) => {
    const entry = { name, hook };
    registry.hooks.push(entry);
    return new Disposable(() => registry.hooks.splice(registry.hooks.indexOf(entry), 1));
  },
  log: (level: LogLevel, category: string, message: string) => log(level, category, message),
});

let appOfThisProcess: { readonly dir: string; readonly app: Promise<LoadedApp> } | undefined;

/** Answers every `require("@azure/functions-core")`, as the official worker does. */
function offer(core: object): void {
  const original = Module.prototype.require;
  Module.prototype.require = Object.assign(function (this: Module, id: string): unknown {
    return id === "@azure/functions-core" ? core : original.call(this, id);
  }, original);
}

/** The files that package.json's "main" names, which may be a pattern, in the order in which they are imported. */
function entryPoints(appDir: string): readonly string[] {
  const { main } = JSON.parse(readFileSync(join(appDir, "package.json"), "utf8")) as { main?: string };
  if (!main) throw new Error(`${join(appDir, "package.json")} has no "main": it names the app's entry point.`);
  const files = globSync(main, { cwd: appDir }).sort();
  if (files.length === 0)
    throw new Error(`No file matches "main" (${main}) of ${join(appDir, "package.json")}. Is it built?`);
  return files.map((file) => join(appDir, file));
}

/**
 * The app of this folder, which a second host in the same process gets again. Throws when the process has loaded
 * another one.
 */
export function loadApp(appDir: string, log: Log): Promise<LoadedApp> {
  appOfThisProcess ??= { dir: appDir, app: load(appDir, log) };
  const { dir, app } = appOfThisProcess;
  if (dir !== appDir) throw new Error(`This process has loaded the app ${dir} already; a process loads one.`);
  return app;
}

/**
 * Imports the app and locks its registrations. An exception while loading takes the whole app away; the message names
 * the file.
 */
async function load(appDir: string, log: Log): Promise<LoadedApp> {
  const registry = new Registry();
  offer(coreModule(registry, log));
  for (const file of entryPoints(appDir))
    await import(pathToFileURL(file).href).catch((error: unknown) => {
      throw new Error(`Loading ${file} failed, so no function of the app can run. ${describe(error)}`, {
        cause: error,
      });
    });
  const appHookData = {};
  const runHooks = async (name: HookName, context: Record<string, unknown>): Promise<void> => {
    for (const entry of registry.hooks) if (entry.name === name) await entry.hook(context);
  };
  await runHooks("appStart", { hookData: appHookData, appHookData, functionAppDirectory: appDir });
  const { model, functions } = registry;
  if (!model) throw new Error(`The app in ${appDir} does not use @azure/functions.`);
  const capabilities = await model.getCapabilities({ RawHttpBodyBytes: "true" });
  if (capabilities["HttpUri"]) throw new Error("HTTP streaming (enableHttpStream) is not supported by the local host.");
  registry.locked = true;
  return { functions, model, appHookData, runHooks };
}
