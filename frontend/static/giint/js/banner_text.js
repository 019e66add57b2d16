// The words of the connection banner. Pure.

/** @import { Link } from "./wire.d.ts" */

/** Shorter gaps are not worth a word. */
export const PATIENCE = 5_000;

/**
 * @param {Link} link @param {number} now
 * @returns {{lost: string, since: string, next: string} | null}
 */
export function bannerOf(link, now) {
  if (link.status === "ended") {
    return { lost: "The server does not admit this page any more.", since: "", next: "Load it again." };
  }
  const gone = now - link.since;
  if (link.status === "open" || gone < PATIENCE) return null;
  const wait = Math.max(0, Math.ceil((link.next - now) / 1000));
  const next = link.status === "connecting" || wait === 0 ? "Trying again now." : `Trying again in ${wait} s.`;
  return { lost: "Connection lost.", since: `${Math.floor(gone / 1000)} s ago.`, next };
}
