/**
 * Full screen by button or by the key F; the screen does not fall asleep meanwhile.
 * @param {HTMLElement} wall
 * @param {HTMLButtonElement} button
 */
export function startFullScreen(wall, button) {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  const toggle = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void wall.requestFullscreen().catch(() => {});
  };
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key.toLowerCase() !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isTyping) toggle();
  });
  document.addEventListener("fullscreenchange", async () => {
    const isFull = document.fullscreenElement === wall;
    button.setAttribute("aria-pressed", String(isFull));
    if (isFull) lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    else await lock?.release();
  });
}
