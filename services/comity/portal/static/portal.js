// Every page works without this file. It adds keys for people who search all day.
"use strict";
(() => {
  const KEY = "comity-keys";
  const dialog = document.getElementById("keys");
  const box = document.getElementById("search-box");
  const rows = [...document.querySelectorAll("[data-row]")];
  const opener = document.getElementById("keys-open");
  let at = -1;

  const read = () => { try { return localStorage.getItem(KEY) !== "off"; } catch { return true; } };
  const keep = (on) => { try { localStorage.setItem(KEY, on ? "on" : "off"); } catch { /* the choice lasts for this page */ } };
  let on = read();

  if (opener && dialog) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    const choice = document.getElementById("keys-on");
    choice.checked = on;
    choice.addEventListener("change", () => { on = choice.checked; keep(on); });
  }

  const pick = (place) => {
    if (rows.length === 0) return;
    rows.forEach((row) => row.classList.remove("picked"));
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].classList.add("picked");
    const link = rows[at].querySelector("a");
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const actions = {
    "/": () => { if (box) { box.focus(); box.select(); } },
    j: () => pick(at + 1),
    k: () => pick(at - 1),
    o: () => { const link = at >= 0 && rows[at].querySelector("a"); if (link) link.click(); },
    "?": () => { if (dialog) dialog.showModal(); },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (!on || typing || event.ctrlKey || event.metaKey || event.altKey || (dialog && dialog.open)) return;
    const act = actions[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
