// The pages of topics: the map comes closer and moves, lists narrow while one types, terms are pinned with a click.
// Everything works without it: the map is a picture of links, the list has a button, the terms can be typed.
"use strict";
(() => {
  const STEP = 1.5; // how much nearer with each press
  const MOST = 8;
  const CLOSE = 2; // from here on names stand at their own size: there is room for more of them
  const DRAGGED = 5; // pixels; less is a click

  const startMap = (figure) => {
    const svg = figure.querySelector("svg.plot");
    const frame = figure.querySelector(".map-frame");
    const tip = figure.querySelector("[data-tip]");
    const links = [...svg.querySelectorAll("a")];
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const view = { x: 0, y: 0, zoom: 1 };
    const told = figure.querySelector("[data-zoom]");
    figure.querySelector("[data-map-tools]").hidden = false;
    // The region scrolls no more by itself where the map does: the arrows are the map's.
    const scroll = figure.querySelector("[data-map-scroll]");
    scroll.removeAttribute("tabindex");
    // On a narrow screen the middle comes first.
    scroll.scrollLeft = (scroll.scrollWidth - scroll.clientWidth) / 2;

    const draw = () => {
      const w = width / view.zoom;
      const h = height / view.zoom;
      view.x = Math.min(Math.max(view.x, 0), width - w);
      view.y = Math.min(Math.max(view.y, 0), height - h);
      svg.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
      svg.classList.toggle("close", view.zoom >= CLOSE);
      svg.classList.toggle("moving", view.zoom > 1);
      if (!tip.hidden && tip.of) place(tip.of);
    };
    const say = () => { told.textContent = figure.dataset.zoomed.replace("%d", String(Math.round(view.zoom * 100))); };
    const zoomTo = (zoom, x = view.x + width / view.zoom / 2, y = view.y + height / view.zoom / 2) => {
      const wanted = Math.min(Math.max(zoom, 1), MOST);
      // The place that was pointed at stays where it is.
      view.x = x - (x - view.x) * view.zoom / wanted;
      view.y = y - (y - view.y) * view.zoom / wanted;
      view.zoom = wanted;
      draw();
      say();
    };
    const pan = (dx, dy) => {
      view.x += dx * width / view.zoom / 4;
      view.y += dy * height / view.zoom / 4;
      draw();
    };
    const at = (link) => ({ x: Number(link.dataset.x), y: Number(link.dataset.y), r: Number(link.dataset.r) });
    const focused = () => links.find((link) => link === document.activeElement);
    const acts = {
      zoom_in: () => { const on = focused(); if (on) zoomTo(view.zoom * STEP, at(on).x, at(on).y); else zoomTo(view.zoom * STEP); },
      zoom_out: () => zoomTo(view.zoom / STEP),
      zoom_all: () => zoomTo(1),
      pan_left: () => pan(-1, 0),
      pan_right: () => pan(1, 0),
      pan_up: () => pan(0, -1),
      pan_down: () => pan(0, 1),
    };
    for (const button of figure.querySelectorAll("[data-act]")) button.addEventListener("click", acts[button.dataset.act]);

    // The tooltip: with the mouse and with the keyboard alike; Escape closes it, and it can be pointed at.
    let leaving = 0;
    const place = (link) => {
      const box = frame.getBoundingClientRect();
      const dot = link.querySelector(".dot").getBoundingClientRect();
      const left = Math.min(Math.max(dot.left - box.left, 4), Math.max(box.width - tip.offsetWidth - 4, 4));
      const below = dot.bottom - box.top + 6;
      const above = dot.top - box.top - tip.offsetHeight - 6;
      tip.style.left = `${left}px`;
      tip.style.top = `${below + tip.offsetHeight > box.height && above >= 0 ? above : below}px`;
    };
    const show = (link) => {
      window.clearTimeout(leaving);
      tip.of = link;
      const [name, facts, terms] = tip.children;
      name.textContent = link.dataset.name;
      facts.textContent = link.dataset.facts;
      terms.textContent = link.dataset.terms;
      tip.hidden = false;
      place(link);
    };
    const hide = () => { tip.hidden = true; };
    const leave = () => {
      window.clearTimeout(leaving);
      leaving = window.setTimeout(() => { const on = focused(); if (on && tip.of !== on) show(on); else if (!on) hide(); }, 200);
    };
    tip.addEventListener("pointerenter", () => window.clearTimeout(leaving));
    tip.addEventListener("pointerleave", leave);
    for (const link of links) {
      link.querySelector("title").remove(); // the tooltip says it, and more
      link.addEventListener("pointerenter", () => show(link));
      link.addEventListener("pointerleave", leave);
      link.addEventListener("focus", () => { reveal(link); show(link); });
      link.addEventListener("blur", leave);
    }

    // One stop for Tab, the arrows within: forty stops would be in the way of whoever only passes.
    const hold = (link) => { for (const one of links) one.setAttribute("tabindex", one === link ? "0" : "-1"); };
    const reveal = (link) => {
      hold(link);
      const { x, y, r } = at(link);
      const w = width / view.zoom;
      const h = height / view.zoom;
      if (x - r < view.x || x + r > view.x + w) view.x = x - w / 2;
      if (y - r < view.y || y + r > view.y + h) view.y = y - h / 2;
      draw();
      // On a narrow screen the map is wider than its frame.
      const box = scroll.getBoundingClientRect();
      const dot = link.querySelector(".dot").getBoundingClientRect();
      if (dot.left < box.left || dot.right > box.right) scroll.scrollLeft += dot.left - box.left - box.width / 2;
    };
    const toward = (link, dx, dy) => {
      const from = at(link);
      let best = null;
      let least = Infinity;
      for (const other of links) {
        const to = at(other);
        const ahead = (to.x - from.x) * dx + (to.y - from.y) * dy;
        const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
        if (other === link || ahead <= 0) continue;
        const far = ahead + 2 * aside; // what lies straight ahead comes before what is near but aside
        if (far < least) { best = other; least = far; }
      }
      return best;
    };
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const keys = { "+": "zoom_in", "=": "zoom_in", "-": "zoom_out", "_": "zoom_out", 0: "zoom_all" };
    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, details") !== null) return;
      const way = ways[event.key];
      if (event.key === "Escape" && !tip.hidden) hide();
      else if (event.key in keys) acts[keys[event.key]]();
      else if (way && (event.shiftKey || !focused())) pan(...way);
      else if (way) { const next = toward(focused(), ...way); if (next) next.focus({ preventScroll: true }); }
      else if (["Home", "End"].includes(event.key) && focused()) links.at(event.key === "Home" ? 0 : -1).focus({ preventScroll: true });
      else return;
      event.preventDefault();
    });
    hold(links[0]);

    // The mouse: drag, or turn the wheel with Ctrl; without it the page scrolls as anywhere.
    const inMap = (event) => {
      const box = svg.getBoundingClientRect();
      return { x: view.x + (event.clientX - box.left) / box.width * width / view.zoom, y: view.y + (event.clientY - box.top) / box.height * height / view.zoom };
    };
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { x, y } = inMap(event);
      zoomTo(view.zoom * (event.deltaY < 0 ? STEP : 1 / STEP), x, y);
    }, { passive: false });
    let held = null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && view.zoom > 1) held = { x: event.clientX, y: event.clientY, view: { ...view }, moved: false };
    });
    svg.addEventListener("dragstart", (event) => event.preventDefault());
    window.addEventListener("pointermove", (event) => {
      if (held === null) return;
      const dx = event.clientX - held.x;
      const dy = event.clientY - held.y;
      if (!held.moved && Math.hypot(dx, dy) < DRAGGED) return;
      held.moved = true;
      svg.classList.add("held");
      const box = svg.getBoundingClientRect();
      view.x = held.view.x - dx / box.width * width / view.zoom;
      view.y = held.view.y - dy / box.height * height / view.zoom;
      draw();
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      window.addEventListener(kind, () => {
        svg.classList.remove("held");
        // The click that follows on a drag opens nothing.
        window.setTimeout(() => { held = null; }, 0);
      });
    }
    svg.addEventListener("click", (event) => { if (held !== null && held.moved) event.preventDefault(); }, true);

    // What one looks for stands out, the others fade.
    const highlight = figure.querySelector("[data-highlight]");
    highlight.addEventListener("change", () => {
      for (const link of links) link.classList.toggle("faded", highlight.value !== "" && link.dataset.trend !== highlight.value);
    });
  };
  for (const figure of document.querySelectorAll("[data-map]")) startMap(figure);

  // A list that narrows while one types; without a script the button asks for the same.
  for (const input of document.querySelectorAll("[data-filter]")) {
    const items = [...document.querySelectorAll(`#${input.dataset.filter} > li`)];
    const told = input.form.querySelector("[data-filter-told]");
    if (items.length === 0) continue;
    input.form.querySelector("button").hidden = true;
    const narrow = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const item of items) {
        // What was ticked stays in sight: it goes along.
        const fits = words.every((word) => item.dataset.words.includes(word));
        item.hidden = !fits && !item.querySelector("input").checked;
        n += fits ? 1 : 0;
      }
      told.textContent = n === 1 ? told.dataset.one : told.dataset.many.replace("%d", String(n));
    };
    input.addEventListener("input", narrow);
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }

  // Terms that are there become buttons: pressed they join the field, or leave it.
  for (const list of document.querySelectorAll("[data-present]")) {
    const field = document.getElementById(list.dataset.present);
    const typed = () => field.value.split(/[,;]/).map((term) => term.trim()).filter(Boolean);
    const buttons = [...list.querySelectorAll("li")].map((item) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = item.textContent;
      item.replaceChildren(button);
      item.classList.remove("tag");
      button.addEventListener("click", () => {
        const terms = typed();
        const place = terms.indexOf(button.textContent);
        if (place >= 0) terms.splice(place, 1);
        else terms.push(button.textContent);
        field.value = terms.join(", ");
        mark();
      });
      return button;
    });
    const mark = () => { const terms = typed(); for (const button of buttons) button.setAttribute("aria-pressed", String(terms.includes(button.textContent))); };
    field.addEventListener("input", mark);
    mark();
  }

  // How many are ticked.
  for (const told of document.querySelectorAll("[data-ticked]")) {
    const form = told.closest("form");
    const count = () => { told.textContent = told.dataset.ticked.replace("%d", String(form.querySelectorAll("input[type=checkbox]:checked").length)); };
    form.addEventListener("change", count);
    count();
  }
})();
