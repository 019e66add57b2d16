// Addresses and what they show: `/`, `/t/ID`, `/agents…`, `/imports…`, `/remote`, `/transcripts…`, `/settings`.

/** @import { Route } from "./store.js" */

/** @param {string} pathname @returns {Route} */
export function routeOf(pathname) {
  if (pathname === "/settings") return { page: "settings", thread: null };
  if (pathname === "/remote") return { page: "remote", thread: null };
  const taken = /^\/imports(?:\/([\w-]+))?$/.exec(pathname);
  if (taken) return { page: "imports", thread: null, part: taken[1] ?? "" };
  const part = /^\/agents(?:\/((?:new\/)?[\w-]+))?$/.exec(pathname);
  if (part) return { page: "agents", thread: null, part: part[1] ?? "" };
  if (pathname === "/transcripts") return { page: "transcripts", thread: null };
  const transcript = /^\/transcripts\/([\w-]+)$/.exec(pathname)?.[1];
  if (transcript) return { page: "transcript", thread: null, part: transcript };
  const thread = /^\/t\/([\w-]+)$/.exec(pathname)?.[1] ?? null;
  return { page: "chat", thread };
}

/** @param {Route} route @returns {string} */
export function pathOfRoute({ page, thread, part = "" }) {
  if (page === "transcript") return `/transcripts/${part}`;
  if (page === "agents" || page === "imports") return part ? `/${page}/${part}` : `/${page}`;
  return page === "settings" || page === "remote" || page === "transcripts" ? `/${page}` : thread ? `/t/${thread}` : "/";
}

/**
 * The route of a link that this page shows itself, or null: let the browser follow it, or whoever has taken the click.
 * @param {MouseEvent} event
 * @returns {Route | null}
 */
export function ownLink(event) {
  const plain = event.button === 0 && !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = plain && event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return null;
  const route = routeOf(link.pathname);
  return pathOfRoute(route) === link.pathname && !link.hash ? route : null;
}
