import { AppError } from "../shared/errors.ts";

/** Longer than any address of a server's page; what is longer was not made by us. */
const maxLength = 2048;

/**
 * The address to hand to the system's browser: https, no user part, printable ASCII without blanks and backslashes. Whether the host is
 * one of the registered servers is checked by the operation, which makes the link itself. Throws AppError link.refused.
 */
export function checkedLink(url: string): string {
  const isPlain = url.length <= maxLength && /^https:\/\/[\x21-\x5b\x5d-\x7e]+$/u.test(url);
  const parsed = isPlain && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || parsed.protocol !== "https:" || parsed.username !== "" || parsed.password !== "") {
    throw new AppError("link.refused");
  }
  return parsed.href;
}
