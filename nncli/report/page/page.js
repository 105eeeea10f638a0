"use strict";
// Enhances a page that says everything without it: sorts and filters tables, highlights seeds in tables and pictures,
// and turns a row of frames into a film. All text is set as text, never as markup.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, attributes = {}, text = "") => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };
  const short = (number) => (Number.isFinite(number) ? String(Number(number.toPrecision(4))) : "–");

  // Tables: a button in each heading sorts by its column, numbers by what is stored rather than what is shown.
  const key = (cell) => {
    const stored = cell.querySelector("data");
    const text = (stored ? stored.value : cell.textContent).trim();
    const number = parseFloat(text.replaceAll(/(?<=\d) (?=\d{3}(?!\d))/g, ""));
    return { text, number: text === "–" || Number.isNaN(number) ? null : number };
  };
  const compare = (a, b) => {
    if (a.number !== null && b.number !== null) return a.number - b.number;
    if (a.number === null && b.number === null) return a.text.localeCompare(b.text);
    return a.number === null ? 1 : -1;
  };
  for (const table of all("table")) {
    const heads = all("thead th", table);
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2) continue;
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => ({ row, key: key(row.cells[column]) }));
        const last = (own) => own.key.text === "–";
        rows.sort((a, b) => last(a) - last(b) || (down ? -1 : 1) * compare(a.key, b.key));
        body.append(...rows.map((own) => own.row));
      });
    });
  }

  // Lists: the values chosen of some columns, and words of any, decide which rows are shown.
  for (const table of all("table")) {
    const body = table.tBodies[0];
    const filtered = all("thead th[data-filter]", table);
    if (!body || !filtered.length) continue;
    const rows = [...body.rows];
    const texts = (cell) => {
      const tags = all(".tag", cell);
      return (tags.length ? tags : [cell]).map((own) => own.textContent.trim());
    };
    const labelled = (name, field) => { const label = make("label", {}, `${name} `); label.append(field); return label; };
    const tools = make("div", { class: "tools", role: "search" });
    const shown = make("output");
    const words = make("input", { type: "search" });
    const choices = [];
    for (const head of filtered) {
      const known = [...new Set(rows.flatMap((row) => texts(row.cells[head.cellIndex])))].filter((text) => text && text !== "–").sort();
      if (!rows.some((row) => texts(row.cells[head.cellIndex]).some((text) => text !== known[0]))) continue;
      const select = make("select");
      select.append(...["all", ...known].map((text, place) =>
        make("option", { value: place }, text.length > 40 ? `${text.slice(0, 39)}…` : text)));
      choices.push({ column: head.cellIndex, select, known });
      tools.append(labelled(head.textContent, select));
    }
    tools.append(labelled("words", words), shown);
    const filter = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word)) || choices.some(({ column, select, known }) =>
          select.value !== "0" && !texts(row.cells[column]).includes(known[Number(select.value) - 1]));
      }
      shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
    };
    tools.addEventListener("input", filter);
    filter();
    table.parentElement.before(tools);
  }

  // Seeds: chosen in a table or in a picture, and highlighted in all of them.
  const chosen = new Set();
  const bar = make("div", { class: "chosen-seeds", role: "status" });
  const redraws = [];
  const show = () => {
    for (const own of all("[data-seed]")) {
      const on = chosen.has(own.dataset.seed);
      own.classList.toggle("chosen", on);
      const button = own.querySelector(":scope > th > button");
      if (button) button.setAttribute("aria-pressed", String(on));
    }
    for (const svg of all("figure svg")) svg.classList.toggle("fades", svg.querySelector("[data-seed].chosen") !== null);
    bar.replaceChildren();
    if (chosen.size) {
      const clear = make("button", { type: "button" }, "Clear");
      clear.addEventListener("click", () => { chosen.clear(); show(); });
      bar.append(make("span", {}, `Highlighted: seed ${[...chosen].join(", ")}`), clear);
    }
    redraws.forEach((redraw) => redraw());
  };
  const toggle = (seed) => { if (!chosen.delete(seed)) chosen.add(seed); show(); };
  for (const row of all("tr[data-seed]")) {
    const head = row.cells[0];
    const button = make("button", { type: "button", "aria-pressed": "false" });
    button.append(...head.childNodes);
    button.setAttribute("aria-label", `Highlight seed ${row.dataset.seed}`);
    button.addEventListener("click", () => toggle(row.dataset.seed));
    head.append(button);
  }
  document.body.append(bar);

  pictures({ all, make, short, chosen, toggle, redraws });

  // Films: one frame at a time, chosen by a slider.
  for (const film of all(".film")) {
    const frames = all(".frame", film);
    if (frames.length < 2) continue;
    const label = make("label", {}, "Frame ");
    const slider = make("input", { type: "range", min: 0, max: frames.length - 1, value: frames.length - 1 });
    const play = make("button", { type: "button" }, "Play");
    const turn = () => {
      frames.forEach((frame, f) => { frame.hidden = f !== Number(slider.value); });
      slider.setAttribute("aria-valuetext", frames[Number(slider.value)].textContent);
    };
    let timer = null;
    const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
    play.addEventListener("click", () => {
      if (timer) { stop(); return; }
      if (Number(slider.value) === frames.length - 1) slider.value = 0;
      play.textContent = "Pause";
      timer = setInterval(() => {
        slider.value = Number(slider.value) + 1;
        turn();
        if (Number(slider.value) === frames.length - 1) stop();
      }, 200);
    });
    slider.addEventListener("input", () => { stop(); turn(); });
    label.append(slider);
    const tools = make("div", { class: "tools" });
    tools.append(play, label);
    film.classList.add("plays");
    film.prepend(tools);
    turn();
  }
})();
