// REST: one function that fetches, and the one error it raises. docs/protocol.md lists the routes.

export class ApiError extends Error {
  /** @param {number} status 0: no answer came @param {string} code @param {string} message @param {Record<string, string>} fields */
  constructor(status, code, message, fields = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

const UNREACHED = "The server could not be reached. Nothing was changed. Try again.";

/**
 * @param {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} method
 * @param {string} path below /api/v1/, or from the root
 * @param {unknown} [body] JSON, or a form with a file
 * @returns {Promise<any>} the JSON answer, null for an empty one
 * @throws {ApiError}
 */
export async function api(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const address = path.startsWith("/") ? path : `/api/v1/${path}`;
  const response = await fetch(address, { method, headers, body: isForm ? body : JSON.stringify(body) }).catch(() => null);
  if (!response) throw new ApiError(0, "unreachable", UNREACHED);
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { code = "internal", message = `The server answered ${response.status}.`, fields = {} } = answer ?? {};
  throw new ApiError(response.status, code, message, fields);
}

/** @param {string} name */
function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
