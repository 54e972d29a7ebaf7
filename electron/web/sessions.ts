import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a printed address can be used: time to copy it to a browser, not to lie around in a scrollback. */
export const tokenLifeMs = 2 * 60_000;
/** Wrong tokens within a minute before all are refused until the minute is over: 2^256 cannot be guessed, but a bug could. */
const maxWrongTokens = 5;
const wrongTokenWindowMs = 60_000;
/** A session that no open window uses ends after this … */
const idleMs = 30 * 60_000;
/** … or when such pauses add up to this. */
const totalIdleMs = 12 * 3_600_000;

export interface Session {
  /** Travels as sub-protocol of the WebSocket: a page of another origin cannot read it. */
  readonly csrf: string;
  /** A socket of this session opened; the undo says that it closed. */
  socketOpened(): () => void;
}

export interface Sessions {
  /** A one-time token for the fragment of an address. Several may be under way. */
  mintToken(): string;
  /** Exchanges a token for a session; null for one that is wrong, used or too old, and while there were too many wrong ones. */
  redeem(token: string): { readonly session: Session; readonly cookie: string } | null;
  /** The session of a Cookie header, if it is alive. */
  find(cookieHeader: string | undefined): Session | null;
  revokeAll(): void;
}

interface StoredSession extends Session {
  sockets: number;
  idleSince: number;
  idleBefore: number;
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Compares without telling by its time how much was right. */
function isSame(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(a, b);
}

/**
 * Tokens and sessions of one running host; nothing is stored, so a restart ends them all. Cookies do not know ports: the name
 * carries an id of this instance, so that two hosts on one machine do not overwrite each other's.
 */
export function createSessions(now: () => number): Sessions {
  const cookieName = `proxmoxer-${randomBytes(8).toString("hex")}`;
  const tokens: { readonly hash: Buffer; readonly until: number }[] = [];
  const sessions: { readonly hash: Buffer; readonly session: StoredSession }[] = [];
  let wrong: number[] = [];

  function isAlive({ sockets, idleSince, idleBefore }: StoredSession): boolean {
    const idle = sockets > 0 ? 0 : now() - idleSince;
    return idle < idleMs && idleBefore + idle < totalIdleMs;
  }

  function newSession(): StoredSession {
    const session: StoredSession = {
      csrf: secret(),
      sockets: 0,
      idleSince: now(),
      idleBefore: 0,
      socketOpened() {
        if (session.sockets === 0) session.idleBefore += now() - session.idleSince;
        session.sockets += 1;
        return () => {
          session.sockets -= 1;
          if (session.sockets === 0) session.idleSince = now();
        };
      },
    };
    return session;
  }

  function isLockedOut(): boolean {
    wrong = wrong.filter((at) => now() - at < wrongTokenWindowMs);
    return wrong.length >= maxWrongTokens;
  }

  return {
    mintToken() {
      const token = secret();
      tokens.push({ hash: digest(token), until: now() + tokenLifeMs });
      return token;
    },
    redeem(token) {
      if (isLockedOut()) return null;
      const given = digest(token);
      const at = tokens.findIndex(({ hash }) => isSame(hash, given));
      const [found] = at === -1 ? [] : tokens.splice(at, 1);
      if (found === undefined || found.until < now()) {
        wrong.push(now());
        return null;
      }
      const key = secret();
      const session = newSession();
      sessions.push({ hash: digest(key), session });
      return { session, cookie: `${cookieName}=${key}; Path=/; HttpOnly; SameSite=Strict` };
    },
    find(cookieHeader) {
      const given = valueOf(cookieHeader, cookieName);
      if (given === null) return null;
      const hash = digest(given);
      const found = sessions.find((known) => isSame(known.hash, hash));
      if (found === undefined) return null;
      if (isAlive(found.session)) return found.session;
      sessions.splice(sessions.indexOf(found), 1);
      return null;
    },
    revokeAll() {
      sessions.length = 0;
      tokens.length = 0;
    },
  };
}

function valueOf(cookieHeader: string | undefined, name: string): string | null {
  for (const pair of cookieHeader?.split("; ") ?? []) {
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return null;
}
