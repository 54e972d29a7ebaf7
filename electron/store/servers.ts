import { z } from "zod";

import { addressSchema, loginNameSchema, proxySchema, serverKindSchema } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { clusterIdSchema } from "../../shared/ids.ts";
import { isRefusedBy } from "./database.ts";

import type { ClusterId } from "../../shared/ids.ts";
import type { Database } from "./database.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

/** By what a cluster is known again under another address. */
const identitySchema = z.object({
  clusterName: z.string().nullable().default(null),
  version: z.string().nullable().default(null),
  /** SHA-256 of every node certificate seen, 64 lower-case hex digits, by node. */
  certificates: z.record(z.string(), z.array(z.string())).default({}),
});
export type ServerIdentity = z.infer<typeof identitySchema>;

const serverSchema = z.object({
  id: clusterIdSchema,
  kind: serverKindSchema,
  name: z.string(),
  addresses: z.array(addressSchema),
  proxy: proxySchema.nullable(),
  login: loginNameSchema,
  identity: identitySchema,
  demo: z.boolean(),
  edition: z.number().int(),
  createdAt: z.number().int(),
  updatedAt: z.number().int(),
  lastAnswerAt: z.number().int().nullable(),
});
/** One registered server as it is kept. Its credentials are in the vault. */
export type Server = z.infer<typeof serverSchema>;

export interface Servers {
  /** `unreadable`: ids of rows that do not have their shape; they are kept and left alone. */
  list(): Promise<{ readonly servers: readonly Server[]; readonly unreadable: readonly string[] }>;
  /** Throws AppError cluster.nameTaken, store.*. */
  insert(server: Server): Promise<void>;
  /** Writes everything but id, kind and creation. Throws AppError cluster.nameTaken, cluster.busy where the edition has moved on. */
  update(server: Server, expectedEdition: number): Promise<void>;
  /** What the server told of itself: no new edition. */
  noteIdentity(id: ClusterId, identity: ServerIdentity): Promise<void>;
  noteAnswer(id: ClusterId, at: number): Promise<void>;
  /** The row stays, because history names it. */
  deregister(id: ClusterId, at: number): Promise<void>;
}

/** Names are unique regardless of case and of how their letters were composed. */
export function nameKey(name: string): string {
  return name.trim().normalize("NFKC").toLowerCase();
}

export function createServers(database: Database): Servers {
  return {
    async list() {
      const rows = await database.all(
        "SELECT * FROM servers WHERE deregistered_at IS NULL ORDER BY name_key",
      );
      const read = rows.map((row) => ({ id: String(row["id"]), server: fromRow(row) }));
      return {
        servers: read.flatMap(({ server }) => server ?? []),
        unreadable: read.filter(({ server }) => server === null).map(({ id }) => id),
      };
    },
    async insert(server) {
      const columns = toColumns(server);
      const names = Object.keys(columns);
      const sql = `INSERT INTO servers (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
      await refusingName(server.name, () => database.run(sql, Object.values(columns)));
    },
    async update(server, expectedEdition) {
      const { id: _id, kind: _kind, created_at: _created, ...columns } = toColumns(server);
      const sets = Object.keys(columns).map((name) => `${name} = ?`);
      const sql = `UPDATE servers SET ${sets.join(", ")} WHERE id = ? AND edition = ? AND deregistered_at IS NULL`;
      const params = [...Object.values(columns), server.id, expectedEdition];
      await refusingName(server.name, () => database.transaction([{ sql, params, expectChanges: 1 }]));
    },
    async noteIdentity(id, identity) {
      await database.run("UPDATE servers SET identity = ? WHERE id = ?", [JSON.stringify(identity), id]);
    },
    async noteAnswer(id, at) {
      await database.run("UPDATE servers SET last_answer_at = ? WHERE id = ?", [at, id]);
    },
    async deregister(id, at) {
      await database.run("UPDATE servers SET deregistered_at = ? WHERE id = ?", [at, id]);
    },
  };
}

async function refusingName(name: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isRefusedBy(error, "constraint")) {
      throw new AppError("cluster.nameTaken", { params: { name }, cause: error });
    }
    if (isRefusedBy(error, "conflict")) throw new AppError("cluster.busy", { cause: error });
    throw error;
  }
}

function toColumns(server: Server): Record<string, SqlValue> {
  return {
    id: server.id,
    kind: server.kind,
    name: server.name,
    name_key: nameKey(server.name),
    addresses: JSON.stringify(server.addresses),
    proxy: server.proxy === null ? null : JSON.stringify(server.proxy),
    login: JSON.stringify(server.login),
    identity: JSON.stringify(server.identity),
    demo: server.demo ? 1 : 0,
    edition: server.edition,
    created_at: server.createdAt,
    updated_at: server.updatedAt,
    last_answer_at: server.lastAnswerAt,
  };
}

function json(value: SqlValue | undefined): unknown {
  return JSON.parse(String(value));
}

function fromRow(row: SqlRow): Server | null {
  const parsed = serverSchema.safeParse({
    id: row["id"],
    kind: row["kind"],
    name: row["name"],
    addresses: json(row["addresses"]),
    proxy: row["proxy"] === null ? null : json(row["proxy"]),
    login: json(row["login"]),
    identity: json(row["identity"]),
    demo: row["demo"] === 1,
    edition: row["edition"],
    createdAt: row["created_at"],
    updatedAt: row["updated_at"],
    lastAnswerAt: row["last_answer_at"],
  });
  return parsed.success ? parsed.data : null;
}
