import { agentActivity } from "../live/figures.js";

const NAMES = ["q", "state", "skill", "queue"];

/** What is asked for, kept in the address so that it can be passed on. */
export class Filters {
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #controls = new Map();
  #offered = "";

  /**
   * @param {HTMLElement} root
   * @param {() => void} changed
   */
  constructor(root, changed) {
    const asked = new URLSearchParams(location.search);
    for (const name of NAMES) {
      const control = /** @type {HTMLInputElement | HTMLSelectElement} */ (
        root.querySelector(`[name=${name}]`)
      );
      control.dataset.asked = asked.get(name) ?? "";
      if (control instanceof HTMLInputElement) control.value = control.dataset.asked;
      else this.#choose(control);
      control.addEventListener("input", () => {
        control.dataset.asked = control.value;
        this.#remember();
        changed();
      });
      this.#controls.set(name, control);
    }
    root.querySelector("[data-clear]")?.addEventListener("click", () => {
      for (const control of this.#controls.values()) control.dataset.asked = control.value = "";
      this.#remember();
      changed();
    });
  }

  get isActive() {
    return NAMES.some((name) => this.#asked(name) !== "");
  }

  /**
   * Fill the choices of skills and queues with what there is.
   * @param {import("../live/store.js").LiveStore} store
   */
  offer(store) {
    const key = [...store.skills.keys(), ...store.queues.keys()].join();
    if (key === this.#offered) return;
    this.#offered = key;
    // Agents' rows name their skills, and their calls the queue by its id.
    this.#offerRows("skill", store.skills, (row) => row.name);
    this.#offerRows("queue", store.queues, (row) => row.id);
  }

  /** @param {import("../live/types.js").Agent} agent */
  matches(agent) {
    const words = this.#asked("q").toLocaleLowerCase().split(/\s+/);
    const name = agent.name.toLocaleLowerCase();
    const [state, skill, queue] = ["state", "skill", "queue"].map((one) => this.#asked(one));
    return (
      words.every((word) => name.includes(word)) &&
      (!state || agentActivity(agent) === state) &&
      (!skill || (agent.skills ?? []).includes(skill)) &&
      (!queue || agent.call?.queueId === queue)
    );
  }

  /** @param {string} name */
  #asked(name) {
    return this.#controls.get(name)?.dataset.asked ?? "";
  }

  /**
   * @param {string} name
   * @param {Map<string, import("../live/types.js").Queue>} rows
   * @param {(row: import("../live/types.js").Queue) => string} valueOf
   */
  #offerRows(name, rows, valueOf) {
    const select = /** @type {HTMLSelectElement} */ (this.#controls.get(name));
    const sorted = [...rows.values()].sort((one, other) => one.name.localeCompare(other.name));
    const all = /** @type {HTMLOptionElement} */ (select.options[0]);
    select.replaceChildren(all, ...sorted.map((row) => new Option(row.name, valueOf(row))));
    this.#choose(select);
  }

  /** @param {HTMLSelectElement} select */
  #choose(select) {
    const asked = select.dataset.asked ?? "";
    if ([...select.options].some((option) => option.value === asked)) select.value = asked;
  }

  #remember() {
    const query = new URLSearchParams(location.search);
    for (const name of NAMES) {
      if (this.#asked(name)) query.set(name, this.#asked(name));
      else query.delete(name);
    }
    const text = query.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }
}
