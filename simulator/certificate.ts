import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";

/** A certificate as a server keeps it: PEM texts and the SHA-256 fingerprint in Proxmox's spelling (AA:BB:…). */
export type Certificate = { readonly key: string; readonly cert: string; readonly fingerprint: string };

type CertificateWish = {
  readonly commonName: string;
  readonly organization: string;
  readonly unit: string;
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
};

const OID_EC_SHA256 = "06082a8648ce3d040302";
const OID_COMMON_NAME = "0603550403";
const OID_ORGANIZATION = "060355040a";
const OID_UNIT = "060355040b";
const OID_SUBJECT_ALT_NAME = "0603551d11";
const OID_BASIC_CONSTRAINTS = "0603551d13";

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const size = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, "hex");

function attribute(oid: string, text: string): Buffer {
  return der(0x31, sequence(hex(oid), der(0x0c, Buffer.from(text))));
}

function name(wish: CertificateWish): Buffer {
  return sequence(
    attribute(OID_UNIT, wish.unit),
    attribute(OID_ORGANIZATION, wish.organization),
    attribute(OID_COMMON_NAME, wish.commonName),
  );
}

/** GeneralizedTime, which unlike UTCTime has no year 2050 problem. */
function time(at: number): Buffer {
  const text = new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  return der(0x18, Buffer.from(`${text}Z`));
}

function addressBytes(address: string): Buffer {
  if (address === "::1") return Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
  return Buffer.from(address.split(".").map(Number));
}

function extensions(wish: CertificateWish): Buffer {
  const names = wish.dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName)));
  const addresses = wish.addresses.map((address) => der(0x87, addressBytes(address)));
  return der(
    0xa3,
    sequence(
      sequence(hex(OID_SUBJECT_ALT_NAME), der(0x04, sequence(...names, ...addresses))),
      sequence(hex(OID_BASIC_CONSTRAINTS), der(0x04, sequence())),
    ),
  );
}

function pem(body: Buffer): string {
  const lines = body.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The SHA-256 of a certificate's DER bytes, upper case with colons as Proxmox prints it. */
export function fingerprintOf(cert: string): string {
  const digest = createHash("sha256").update(new X509Certificate(cert).raw).digest("hex").toUpperCase();
  return digest.replaceAll(/(..)(?!$)/g, "$1:");
}

/** A self-signed EC P-256 certificate. node:crypto cannot make X.509, so its few DER structures are written here by hand (RFC 5280). */
export function selfSigned(wish: CertificateWish): Certificate {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = name(wish);
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f || 1;
  const body = sequence(
    der(0xa0, hex("020102")),
    der(0x02, serial),
    sequence(hex(OID_EC_SHA256)),
    subject,
    sequence(time(wish.notBefore), time(wish.notAfter)),
    subject,
    createPublicKey(pair.privateKey).export({ type: "spki", format: "der" }),
    extensions(wish),
  );
  const signature = sign("sha256", body, pair.privateKey);
  const cert = pem(sequence(body, sequence(hex(OID_EC_SHA256)), der(0x03, Buffer.from([0]), signature)));
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, cert, fingerprint: fingerprintOf(cert) };
}

const DAY = 86_400_000;

/** The certificate of one node, valid like a fresh pve-ssl.pem: from yesterday for two years. */
export function nodeCertificate(node: string, address: string, now: number): Certificate {
  return selfSigned({
    commonName: `${node}.local`,
    organization: "Proxmox Virtual Environment",
    unit: "PVE Cluster Node",
    dnsNames: ["localhost", node, `${node}.local`],
    addresses: ["127.0.0.1", "::1", address],
    notBefore: now - DAY,
    notAfter: now + 729 * DAY,
  });
}

/** The certificate that a Backup Server makes for itself, valid for a thousand years. */
export function backupServerCertificate(node: string, now: number): Certificate {
  return selfSigned({
    commonName: `${node}.local`,
    organization: "Proxmox Backup Server",
    unit: randomBytes(16).toString("hex").toUpperCase(),
    dnsNames: ["localhost", node, `${node}.local`],
    addresses: ["127.0.0.1", "::1"],
    notBefore: now - DAY,
    notAfter: now + 365_000 * DAY,
  });
}
