// What a person does with agents and templates. Agents come back as events; templates are fetched when they are needed.

/** @import { AgentRow } from "./events.d.ts" */
/** @import { Places } from "./places.js" */
/** @import { Store } from "./store.js" */
/** @import { TemplateList, TemplateRow } from "./wire.d.ts" */
import { api, ApiError } from "./api.js";

export class Desk {
  /** @param {Store} store @param {Places} places */
  constructor(store, places) {
    this.store = store;
    this.places = places;
  }

  /** Templates and tools as they are now. */
  async load() {
    const [templates, tools] = await Promise.all([this.#get("templates"), this.#get("tools")]);
    if (templates) this.store.set("templates", templates);
    if (tools) this.store.set("tools", tools.tools);
  }

  /** @param {string} path */
  #get(path) {
    return api("GET", path).catch((error) => this.places.fault(error));
  }

  /** The next new chat is with this agent. @param {string} agent */
  async chat(agent) {
    this.store.set("agent", agent);
    await this.places.go({ page: "chat", thread: null });
    this.store.set("chosen", agent);
  }

  /** An agent of this template, as it is. @param {TemplateRow} template */
  async use(template) {
    const row = await this.#ask(() => api("POST", "agents", { template: template.id }));
    if (row) await this.chat(row.id);
  }

  /**
   * @param {string | null} id of an agent that is there @param {Record<string, unknown>} body
   * @returns {Promise<AgentRow>}
   * @throws {ApiError} for the form
   */
  save(id, body) {
    return id ? api("PATCH", `agents/${id}`, body) : api("POST", "agents", body);
  }

  /** @param {AgentRow} row @param {Record<string, unknown>} variables @returns {Promise<AgentRow>} @throws {ApiError} */
  move(row, variables) {
    return api("POST", `agents/${row.id}/move`, { variables });
  }

  /** @param {AgentRow} row */
  async copy(row) {
    const copy = await this.#ask(() => api("POST", `agents/${row.id}/copy`, {}));
    if (copy) await this.places.go({ page: "agents", thread: null, part: copy.id });
  }

  /** @param {AgentRow} row @param {boolean} archived */
  async archive(row, archived) {
    await this.#ask(() => api("PATCH", `agents/${row.id}`, { archived }));
  }

  /** What new chats use from now on; null: the site's. The agent chosen last gives way. @param {string | null} template */
  async standard(template) {
    const list = /** @type {TemplateList | null} */ (await this.#ask(() => api("PUT", "templates/default", { template })));
    if (!list) return;
    this.store.set("templates", list);
    const chosen = list.templates.find((one) => (list.default ? one.id === list.default : one.site_default));
    this.store.set("standard", chosen ? { template: chosen.id, name: chosen.name } : null);
    this.store.set("agent", "");
    this.store.set("chosen", null);
  }

  /** @param {() => Promise<any>} request @returns {Promise<any>} null when it was refused, which is said */
  async #ask(request) {
    try {
      return await request();
    } catch (error) {
      if (error instanceof ApiError && error.code === "bad_field") {
        this.store.set("toast", Object.values(error.fields)[0] ?? error.message);
        return null;
      }
      return this.places.fault(error);
    }
  }
}
