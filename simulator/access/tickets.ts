import { createHmac, timingSafeEqual } from "node:crypto";

const LIFE_SECONDS = 7200;
const FUTURE_SECONDS = 300;

/** How a product's tickets differ: their first word, and how long a second factor may take. */
export type TicketKind = { readonly prefix: "PVE" | "PBS"; readonly challengeSeconds: number };
const PVE_TICKETS: TicketKind = { prefix: "PVE", challengeSeconds: 120 };

/** Signs and checks tickets, CSRF tokens and second-factor challenges. Stateless like the real ones: only the secret is kept. */
export type Tickets = {
  readonly issue: (userid: string, seconds: number) => string;
  readonly csrf: (userid: string, seconds: number) => string;
  readonly challenge: (userid: string, kinds: object, seconds: number) => string;
  /** What 6.4 gives where the second factor is missing (pac, PVE/API2/AccessControl.pm): good for nothing but to be asked. */
  readonly half: (userid: string, seconds: number) => string;
  /** The user of a valid ticket, or null: older than two hours, more than five minutes ahead, forged, or only a challenge. */
  readonly user: (ticket: string, seconds: number) => string | null;
  readonly csrfFits: (token: string, userid: string, seconds: number) => boolean;
  readonly challengeFits: (ticket: string, userid: string, seconds: number) => boolean;
};

const stampOf = (seconds: number): string => seconds.toString(16).toUpperCase().padStart(8, "0");

function ageFits(stamp: string, seconds: number, life: number): boolean {
  const age = seconds - Number.parseInt(stamp, 16);
  return age > -FUTURE_SECONDS && age < life;
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function createTickets(secret: string, kind: TicketKind = PVE_TICKETS): Tickets {
  const { prefix, challengeSeconds } = kind;
  const shape = new RegExp(`^(${prefix}:([^:!]+@[^:!]+):([0-9A-F]{8}))::(.+)$`);
  const challengeShape = new RegExp(`^(${prefix}:!tfa!.+:([0-9A-F]{8}))::(.+)$`);
  /** As long as an RSA-2048 signature, so that header limits and encodings are met as on a real server. */
  const signature = (text: string): string => {
    const blocks = [0, 1, 2, 3, 4, 5, 6, 7].map((block) =>
      createHmac("sha256", secret).update(`${block}${text}`).digest(),
    );
    return Buffer.concat(blocks).toString("base64");
  };
  const mac = (text: string): string =>
    createHmac("sha256", secret).update(text).digest("base64").replace("=", "");
  return {
    issue: (userid, seconds) => {
      const plain = `${prefix}:${userid}:${stampOf(seconds)}`;
      return `${plain}::${signature(plain)}`;
    },
    csrf: (userid, seconds) => `${stampOf(seconds)}:${mac(`csrf:${stampOf(seconds)}:${userid}`)}`,
    challenge: (userid, kinds, seconds) => {
      const plain = `${prefix}:!tfa!${JSON.stringify(kinds).replaceAll(":", "%3A")}:${stampOf(seconds)}`;
      return `${plain}::${signature(`${plain}:${userid}`)}`;
    },
    half: (userid, seconds) => {
      const plain = `${prefix}:tfa!${userid}:${stampOf(seconds)}`;
      return `${plain}::${signature(plain)}`;
    },
    user: (ticket, seconds) => {
      const found = shape.exec(ticket);
      if (!found) return null;
      const [, plain = "", userid = "", at = "", signed = ""] = found;
      return same(signed, signature(plain)) && ageFits(at, seconds, LIFE_SECONDS) ? userid : null;
    },
    csrfFits: (token, userid, seconds) => {
      const [at = "", signed = ""] = token.split(":");
      return same(signed, mac(`csrf:${at}:${userid}`)) && ageFits(at, seconds, LIFE_SECONDS);
    },
    challengeFits: (ticket, userid, seconds) => {
      const found = challengeShape.exec(ticket);
      if (!found) return false;
      const [, plain = "", at = "", signed = ""] = found;
      return same(signed, signature(`${plain}:${userid}`)) && ageFits(at, seconds, challengeSeconds);
    },
  };
}
