import { setAttribute, setText } from "../live/dom.js";
import { DASH } from "../live/format.js";

/**
 * @typedef {{
 *   phoneNumber?: string, deviceState?: string,
 *   userState?: { displayName?: string, state?: string }
 * }} OwnDevice
 */

/**
 * The agent's own state as the API tells it, read anew whenever the page is looked at again.
 * @param {HTMLElement} card
 */
export function startOwnState(card) {
  const refresh = async () => {
    if (!document.hidden) show(card, await readDevices());
  };
  document.addEventListener("visibilitychange", refresh);
  addEventListener("focus", refresh);
  void refresh();
}

/** @returns {Promise<OwnDevice[] | null>} null where they cannot be read */
async function readDevices() {
  try {
    const answer = await fetch("/api/v2/me/devices?fields=*", {
      headers: { "X-Requested-With": "XMLHttpRequest" },
    });
    return answer.ok ? ((await answer.json()).devices ?? []) : null;
  } catch {
    return null;
  }
}

/**
 * @param {HTMLElement} card
 * @param {OwnDevice[] | null} devices
 */
function show(card, devices) {
  const state = devices?.find((device) => device.userState)?.userState;
  // Without a session a device tells no state of its user.
  const otherwise = devices?.length ? card.dataset.loggedOut : DASH;
  const name = state?.displayName ?? state?.state ?? otherwise ?? DASH;
  setText(card.querySelector("[data-own-state-name]"), name);
  setAttribute(card, "data-state", state?.state ?? null);
}
