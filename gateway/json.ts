/** An object of JSON, its fields not looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value out of JSON is an object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
