// How is an optional field left out? In the records an absent field is absent, not undefined.

export const withoutAbsent = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
