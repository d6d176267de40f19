/* The counter: keys, focus and small comforts. Every page also works without this file. */
(() => {
  "use strict";
  document.documentElement.classList.add("has-js");
  const field = (selector) => document.querySelector(selector);
  const isTyping = (element) =>
    element instanceof HTMLElement && element.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");

  /* Keys: an element with data-key is clicked by that key; "/" and F2 go to the find box. */
  const keyed = (key) => field(`[data-key="${CSS.escape(key)}"]:not([disabled])`);

  const goToFind = () => {
    const box = field("[data-find]");
    if (box) { box.focus(); box.select(); }
    return Boolean(box);
  };

  const toggleKeys = () => {
    const help = field("#keys");
    if (!help) return false;
    if (help.open) help.close(); else help.showModal();
    return true;
  };

  const press = (key) => {
    const target = keyed(key);
    if (!target) return false;
    target.click();
    return true;
  };

  const act = (event) => {
    if (event.key === "F2") return goToFind();
    if (/^F\d+$/.test(event.key)) return press(`${event.shiftKey ? "Shift+" : ""}${event.key}`);
    if (event.key === "Escape") return !field("dialog[open]") && press("Escape");
    if (event.key === "+" && event.target.matches("#sale-form input")) return press("+");
    if (isTyping(event.target)) return false;
    if (event.key === "/") return goToFind();
    if (event.key === "Enter" && !event.target.closest("a, button, summary")) return press("Enter");
    if (event.key === "?") return toggleKeys();
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.repeat && event.key === "Enter" && event.target.matches("button")) { event.preventDefault(); return; }
    if (act(event)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) toggleKeys();
    if (event.target.closest("[data-print]")) window.print();
  });

  /* One submit is enough. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  /* "All" puts the most points the live quote allows, without asking the server again. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[value=max]");
    const most = field("[data-max-points]");
    const box = field("#id_points");
    if (!button || !most || !box) return;
    event.preventDefault();
    box.value = most.dataset.maxPoints;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* What the balance can pay of the bill, likewise. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[value=balance]");
    const bill = field("[data-bill]");
    const box = field("#id_balance");
    if (!button || !bill || !box) return;
    event.preventDefault();
    const most = Math.min(Number(bill.dataset.bill), Number(box.closest("[data-spendable]").dataset.spendable));
    box.value = most ? (most / 100).toFixed(2) : "";
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-fill-all]")) return;
    const boxes = document.querySelectorAll("[data-all]");
    boxes.forEach((box) => { box.querySelector("input").value = box.dataset.all; });
    if (boxes.length) boxes[0].querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* A child needs a guardian: shown as soon as the birthday says so. */
  const isChild = (text) => {
    const found = /^(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?$/.exec(text.normalize("NFKC").trim());
    if (!found) return false;
    const grown = new Date(Number(found[1]) + 14, Number(found[2]) - 1, Number(found[3]));
    return grown > new Date();
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "id_birthday") return;
    const part = field("[data-guardian]");
    if (part) part.hidden = !isChild(event.target.value);
  });

  /* How long an offer still stands. */
  const tick = () => {
    const clock = field("[data-due]");
    if (!clock) return;
    const left = Math.max(0, Math.floor((Date.parse(clock.dataset.due) - Date.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  tick();
  window.setInterval(tick, 1000);

  /* What the page asks behind the scenes can fail too: say so, and never show a foreign page in a corner. */
  const say = () => {
    const words = field("#trouble");
    const place = field("#toasts");
    if (words && place) place.replaceChildren(words.content.cloneNode(true));
  };
  document.addEventListener("htmx:responseError", say);
  document.addEventListener("htmx:sendError", say);
  document.addEventListener("htmx:afterOnLoad", () => { field("#toasts")?.replaceChildren(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || window.location.href);
    if (answered.pathname.includes("/counter/")) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });

  /* After a refusal the first wrong box has the focus. */
  const wrong = field("main .has-error input");
  if (wrong) wrong.focus();
})();
