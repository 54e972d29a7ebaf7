import { z } from "zod";

/** Ports below are the system's. */
export const openIdPortSchema = z.number().int().min(1024).max(65_535);

/** Where the browser comes back to, on this computer alone. */
export const openIdPath = "/openid";

/** What providers have to have registered: they compare it letter by letter. */
export function redirectUrlOf(port: number): string {
  return `http://127.0.0.1:${port}${openIdPath}`;
}
