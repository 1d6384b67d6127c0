// One small script for all pages. Everything works without it but the keys, the live parts and the help window.
"use strict";
(() => {
  const body = document.body;
  const READ_FIRST = 250; // milliseconds
  // Links for two keys and for the search field stand in a part that is never shown.
  const shown = (element) => element.closest("[hidden]") === null ? element.checkVisibility() : element.closest("[data-keys-only]") !== null;

  // Keys: an element with data-key="a" is clicked (or focused, where it is a field) when that key is pressed.
  // Two keys after one another are written with a space: "g i".
  let first = "";
  let timer = 0;
  const find = (key) => {
    const open = document.querySelector("[data-keys-first]:not([hidden])");
    const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter(shown);
    return all.find((element) => open !== null && open.contains(element)) || all.find((element) => element.closest("[data-keys-first]") === null);
  };
  const typing = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || body.dataset.shortcuts !== "on") return;
    const open = document.querySelector("[data-keys-first]:not([hidden])");
    if (event.key === "Escape") {
      if (open !== null) {
        event.preventDefault();
        fold(open);
      } else if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]") !== null) return;
    // What has a meaning of its own where the focus is keeps it.
    const own = ["Enter", " ", "Backspace"].includes(event.key);
    if (own && event.target instanceof Element && event.target.closest("a, button, summary, input, select, textarea") !== null) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "?") {
      event.preventDefault();
      openDialog("keys");
      return;
    }
    const found = (first && find(`${first} ${key}`)) || find(key);
    window.clearTimeout(timer);
    if (found === undefined || found === null) {
      first = key.length === 1 ? key : "";
      timer = window.setTimeout(() => { first = ""; }, 1200);
      return;
    }
    first = "";
    event.preventDefault();
    // Nobody decides on a passage that was not there a moment ago: not by a key that is held, nor by one pressed twice.
    if (found.dataset.decides !== undefined && (event.repeat || performance.now() < READ_FIRST)) return;
    if (event.repeat && !["j", "k"].includes(key)) return;
    if (found.matches("input:not([type=checkbox], [type=radio]), textarea, select, [data-focus]")) found.focus();
    else found.click();
  });

  // Windows and parts that unfold.
  const openDialog = (id) => {
    const dialog = document.getElementById(id);
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  };
  const opener = (panel) => document.querySelector(`[data-unfold="${CSS.escape(panel.id)}"]`);
  const fold = (panel) => {
    panel.hidden = true;
    const button = opener(panel);
    if (button !== null) {
      button.setAttribute("aria-expanded", "false");
      button.focus();
    }
  };
  for (const button of document.querySelectorAll("[data-unfold]")) {
    const panel = document.getElementById(button.dataset.unfold);
    button.setAttribute("aria-controls", panel.id);
    button.setAttribute("aria-expanded", String(!panel.hidden));
    button.addEventListener("click", () => {
      const show = panel.hidden;
      for (const other of document.querySelectorAll("[data-keys-first]:not([hidden])")) {
        other.hidden = true;
        const its = opener(other);
        if (its !== null) its.setAttribute("aria-expanded", "false");
      }
      panel.hidden = !show;
      button.setAttribute("aria-expanded", String(show));
      if (show) {
        const target = panel.querySelector("[data-first], button, select, input:not([type=hidden]), textarea, a");
        if (target !== null) target.focus();
      }
    });
  }
  for (const button of document.querySelectorAll("[data-open]")) button.addEventListener("click", () => openDialog(button.dataset.open));
  for (const button of document.querySelectorAll("[data-fold]")) button.addEventListener("click", () => fold(button.closest("[data-keys-first]")));

  // On a narrow screen the list comes first, and the filters when they are asked for.
  if (window.matchMedia("(max-width: 62rem)").matches) {
    for (const details of document.querySelectorAll("details[data-narrow]:not([data-keep])")) details.open = false;
  }

  // A form is sent once. Back shows the page as it was when it was left: it is fetched anew.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent === "1") event.preventDefault();
    else if (event.target.method === "post") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    for (const form of document.forms) delete form.dataset.sent;
    if (event.persisted) window.location.reload();
  });
  // What was just done is read out: the focus goes there.
  const said = document.querySelector("[role=alert]") || document.querySelector("[data-announce]");
  if (said !== null) {
    said.tabIndex = -1;
    said.focus({ preventScroll: said.matches("[data-announce]") });
  }

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Parts that are fetched after the page is there, or when they are unfolded: data-load="address".
  const showPlace = (element) => {
    const box = element.querySelector("rect");
    const frame = element.closest(".page-picture");
    if (box === null || frame === null || frame.scrollHeight <= frame.clientHeight) return;
    const above = box.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    frame.scrollTop += above - frame.clientHeight / 3;
  };
  const load = async (element) => {
    const address = element.dataset.load;
    if (address === undefined) return;
    delete element.dataset.load;
    element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { "X-Part": "1" } });
      if (!answer.ok || answer.redirected) return; // the link that is there leads to the page that says why
      // What comes is made by our own templates, which escape every text.
      element.innerHTML = await answer.text();
      showPlace(element);
    } catch {
      return; // the link that is there tries again
    } finally {
      element.removeAttribute("aria-busy");
    }
  };
  for (const element of document.querySelectorAll("[data-load]")) {
    const details = element.closest("details");
    if (details === null || details.open) load(element);
    else details.addEventListener("toggle", () => load(element), { once: true });
  }

  // A part that is fetched again every so many seconds, until it says that it is done: data-poll="seconds".
  const poll = (element) => {
    window.setTimeout(async () => {
      if (document.visibilityState === "visible") {
        try {
          const answer = await fetch(element.dataset.address, { headers: { "X-Part": "1" } });
          if (answer.ok) {
            element.innerHTML = await answer.text();
            if (answer.headers.get("X-Done") === "1") {
              if (element.dataset.reload === "1") window.location.reload();
              return;
            }
          }
        } catch { /* the server is away for a moment; the next round tells */ }
      }
      poll(element);
    }, Number(element.dataset.poll) * 1000);
  };
  for (const element of document.querySelectorAll("[data-poll]")) poll(element);

  // Choices that act at once, without a button.
  for (const element of document.querySelectorAll("[data-submit]")) {
    element.addEventListener("change", () => element.form.requestSubmit());
  }

  // Lists that are walked through with j and k.
  const list = document.querySelector("[data-walk]");
  if (list !== null) {
    const links = [...list.querySelectorAll("a[data-item]")];
    let at = -1;
    document.addEventListener("keydown", (event) => {
      if (body.dataset.shortcuts !== "on" || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { j: 1, k: -1, ArrowDown: event.target.matches("a[data-item]") ? 1 : 0, ArrowUp: event.target.matches("a[data-item]") ? -1 : 0 }[event.key];
      if (!step || links.length === 0 || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      const focused = links.indexOf(document.activeElement);
      at = Math.min(Math.max((focused >= 0 ? focused : at) + step, 0), links.length - 1);
      links[at].focus();
      links[at].scrollIntoView({ block: "nearest" });
    });
  }

  // Files that are dropped on a field.
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    for (const kind of ["dragover", "dragenter"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer.files.length === 0) return;
      input.files = event.dataTransfer.files;
      input.form.requestSubmit();
    });
  }
})();
