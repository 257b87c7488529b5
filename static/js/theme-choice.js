/** Let the buttons with data-theme-choice choose between system, dark and light. */
export function startThemeChoice() {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll("button[data-theme-choice]");
  const show = () => {
    const chosen = localStorage.getItem("theme") ?? "system";
    for (const button of buttons) {
      button.setAttribute("aria-checked", String(button.dataset.themeChoice === chosen));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      localStorage.setItem("theme", button.dataset.themeChoice ?? "system");
      dispatchEvent(new Event("themechange"));
      show();
    });
  }
  show();
}
