import { z } from "zod";

import { openIdPortSchema } from "./openid.ts";

export const themeSchema = z.enum(["system", "light", "dark"]);
export const densitySchema = z.enum(["compact", "comfortable"]);

const windowStateSchema = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(640).max(16_384),
  height: z.number().int().min(480).max(16_384),
  maximized: z.boolean(),
});

/** What the user set or left behind. Kept by the main process: the browser's own storage is never used. */
export const settingsSchema = z.object({
  theme: themeSchema.default("system"),
  density: densitySchema.default("compact"),
  locale: z.string().max(16).default("en"),
  railOpen: z.boolean().default(true),
  notifications: z.boolean().default(true),
  /** Last place, filters, sort orders and column widths, by view: opaque to the main process, small. */
  views: z.record(z.string().max(64), z.string().max(8192)).default({}),
  window: windowStateSchema.default({ width: 1280, height: 800, maximized: false }),
  /** Where the browser comes back to from an OpenID provider: providers want the address registered, so that it is fixed. */
  openIdPort: openIdPortSchema.default(18_006),
  /** Where secrets are kept; `undecided` until the user chose (or the system's safe storage made the question needless). */
  secrets: z.enum(["undecided", "system", "passphrase", "memory"]).default("undecided"),
});
export type Settings = z.infer<typeof settingsSchema>;

export const settingsPatchSchema = z
  .object({
    theme: themeSchema,
    density: densitySchema,
    locale: z.string().max(16),
    railOpen: z.boolean(),
    notifications: z.boolean(),
    views: z.record(z.string().max(64), z.string().max(8192)),
    window: windowStateSchema,
    openIdPort: openIdPortSchema,
  })
  .partial();
