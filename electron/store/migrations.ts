import type { Migration } from "./sql.ts";

/**
 * jobs.db: the truth. `job_events` and `audit` are append-only (triggers refuse anything else); `jobs`, `tasks` and `task_guests`
 * of our own jobs are their fold, written in the same transaction. No foreign keys between truths: history outlives what it names,
 * and a damaged neighbour must not take a row with it. Times are ms since the epoch, sizes bytes, durations seconds.
 */
export const jobsMigrations: readonly Migration[] = [
  {
    version: 1,
    name: "first schema",
    sql: `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE reserve (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  room BLOB NOT NULL
);
INSERT INTO reserve (id, room) VALUES (1, zeroblob(65536));

CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('pve', 'pbs')),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  addresses TEXT NOT NULL CHECK (json_valid(addresses)),
  login TEXT NOT NULL CHECK (json_valid(login)),
  identity TEXT NOT NULL CHECK (json_valid(identity)),
  demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
  edition INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_answer_at INTEGER,
  deregistered_at INTEGER
);
CREATE UNIQUE INDEX servers_name ON servers (name_key) WHERE deregistered_at IS NULL;

CREATE TABLE guests (
  id INTEGER PRIMARY KEY,
  server_id TEXT NOT NULL,
  vmid INTEGER NOT NULL,
  mark TEXT NOT NULL DEFAULT '',
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  node TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  UNIQUE (server_id, vmid, mark)
);

CREATE TABLE job_events (
  job_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  sum TEXT NOT NULL,
  UNIQUE (job_id, seq)
);
CREATE TRIGGER job_events_no_gap BEFORE INSERT ON job_events
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM job_events WHERE job_id = NEW.job_id)
BEGIN SELECT RAISE(ABORT, 'job event out of sequence'); END;
CREATE TRIGGER job_events_no_update BEFORE UPDATE ON job_events
BEGIN SELECT RAISE(ABORT, 'job events are append-only'); END;
CREATE TRIGGER job_events_no_delete BEFORE DELETE ON job_events
BEGIN SELECT RAISE(ABORT, 'job events are append-only'); END;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  guest_id INTEGER,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NOT NULL CHECK (open IN (0, 1)),
  draft TEXT,
  trace TEXT NOT NULL UNIQUE,
  vmid INTEGER NOT NULL,
  search TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  duration_seconds REAL,
  size INTEGER,
  seq INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  sum TEXT NOT NULL
);
CREATE UNIQUE INDEX jobs_draft ON jobs (draft) WHERE draft IS NOT NULL;
CREATE INDEX jobs_open ON jobs (created_at) WHERE open = 1;
CREATE INDEX jobs_created ON jobs (created_at, id);
CREATE INDEX jobs_server ON jobs (server_id, created_at);
CREATE INDEX jobs_guest ON jobs (server_id, vmid, created_at);
CREATE INDEX jobs_duration ON jobs (duration_seconds, id);
CREATE INDEX jobs_size ON jobs (size, id);

CREATE TABLE tasks (
  server_id TEXT NOT NULL,
  upid TEXT NOT NULL,
  job_id TEXT,
  origin TEXT NOT NULL CHECK (origin IN ('ours', 'foreign')),
  node TEXT NOT NULL,
  type TEXT NOT NULL,
  guest TEXT NOT NULL DEFAULT '',
  user TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  exit_status TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (server_id, upid)
);
CREATE INDEX tasks_job ON tasks (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX tasks_started ON tasks (server_id, started_at);

CREATE TABLE task_guests (
  server_id TEXT NOT NULL,
  upid TEXT NOT NULL,
  vmid INTEGER NOT NULL,
  guest_id INTEGER,
  type TEXT,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  seconds REAL,
  size INTEGER,
  archive TEXT,
  error TEXT,
  PRIMARY KEY (server_id, upid, vmid)
);
CREATE INDEX task_guests_guest ON task_guests (server_id, vmid);

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  previous TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`,
  },
  {
    version: 2,
    name: "a proxy on the way to a server",
    sql: "ALTER TABLE servers ADD COLUMN proxy TEXT CHECK (proxy IS NULL OR json_valid(proxy));",
  },
];

/** archive.db: what can be read again from the servers or done without. It can be set aside alone. */
export const archiveMigrations: readonly Migration[] = [
  {
    version: 1,
    name: "first schema",
    sql: `
CREATE TABLE logs (
  server_id TEXT NOT NULL,
  upid TEXT NOT NULL,
  job_id TEXT,
  lines INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
  read_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, upid)
);
CREATE INDEX logs_job ON logs (job_id);
CREATE TABLE log_chunks (
  server_id TEXT NOT NULL,
  upid TEXT NOT NULL,
  first_line INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (server_id, upid, first_line)
);

CREATE TABLE backups (
  server_id TEXT NOT NULL,
  storage TEXT NOT NULL,
  node TEXT NOT NULL,
  volid TEXT NOT NULL,
  storage_type TEXT NOT NULL,
  shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
  vmid INTEGER,
  guest_type TEXT,
  created_at INTEGER NOT NULL,
  size INTEGER,
  format TEXT NOT NULL,
  notes TEXT NOT NULL,
  protected INTEGER NOT NULL CHECK (protected IN (0, 1)),
  verification TEXT NOT NULL,
  encrypted INTEGER NOT NULL CHECK (encrypted IN (0, 1)),
  search TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, storage, node, volid)
);
CREATE INDEX backups_guest ON backups (server_id, vmid, created_at);
CREATE INDEX backups_created ON backups (created_at);
CREATE INDEX backups_size ON backups (size);
CREATE TABLE backup_coverage (
  server_id TEXT NOT NULL,
  storage TEXT NOT NULL,
  node TEXT NOT NULL,
  state TEXT NOT NULL,
  privilege TEXT,
  seen_at INTEGER,
  PRIMARY KEY (server_id, storage, node)
);

CREATE TABLE cache (
  server_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, kind, key)
);
`,
  },
];
