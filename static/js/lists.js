/** `/` goes to the search field of a list. */
export function startLists() {
  const search = document.querySelector("input[type=search][data-shortcut]");
  if (!(search instanceof HTMLInputElement)) return;
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    const isTyping =
      target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}
