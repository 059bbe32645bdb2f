// Leaves out optional fields: in the records an absent field is absent, not undefined.

export function withoutAbsent<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  const present: Partial<T> = {};
  for (const name in fields) if (fields[name] !== undefined) present[name] = fields[name];
  return present as T;
}
