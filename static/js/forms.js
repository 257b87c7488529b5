/** Rows that can be added and removed, and passwords that can be looked at. */
export function startForms() {
  for (const group of document.querySelectorAll("[data-rows]")) {
    if (group instanceof HTMLElement) startRows(group);
  }
  for (const button of document.querySelectorAll("button[data-reveal]")) {
    if (button instanceof HTMLButtonElement) startReveal(button);
  }
}

/**
 * A Django formset: rows keep their numbers, so a removed row leaves a gap, which Django reads as
 * an empty row.
 * @param {HTMLElement} group
 */
function startRows(group) {
  const prefix = group.dataset.rows;
  const total = group.querySelector(`input[name="${prefix}-TOTAL_FORMS"]`);
  const template = group.querySelector("template");
  const list = group.querySelector("[data-rows-list]");
  if (!(total instanceof HTMLInputElement) || !template || !list) return;
  const add = group.querySelector("[data-rows-add]");
  add?.addEventListener("click", () => {
    const markup = template.innerHTML.replaceAll("__prefix__", total.value);
    total.value = String(Number(total.value) + 1);
    list.insertAdjacentHTML("beforeend", markup);
    const first = list.lastElementChild?.querySelector("select, input");
    if (first instanceof HTMLElement) first.focus();
  });
  group.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-row-remove]");
    if (!button) return;
    button.closest("[data-row]")?.remove();
    if (add instanceof HTMLElement) add.focus();
  });
}

/** @param {HTMLButtonElement} button */
function startReveal(button) {
  const input = document.getElementById(button.dataset.reveal ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
  });
}
