const SHOWN_MS = 6000;

/** Let notices go by themselves; errors stay until they are closed, as does what is pointed at. */
export function startToasts() {
  for (const toast of document.querySelectorAll(".toast")) {
    toast.querySelector("[data-toast-close]")?.addEventListener("click", () => toast.remove());
    if (toast.hasAttribute("data-toast-stays")) continue;
    let timer = setTimeout(() => toast.remove(), SHOWN_MS);
    const hold = () => clearTimeout(timer);
    const release = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), SHOWN_MS);
    };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("pointerleave", release);
    toast.addEventListener("focusout", release);
  }
}
