"use strict";
// Enhances a page that says everything without it: sorts tables, highlights seeds in tables and pictures, shows the
// numbers below the pointer, zooms, and turns a row of frames into a film. All text is set as text, never as markup.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
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
    const number = parseFloat(text.replaceAll("\u202f", ""));
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
    const button = make("button", { type: "button", "aria-pressed": "false" }, head.textContent);
    button.setAttribute("aria-label", `Highlight seed ${row.dataset.seed}`);
    button.addEventListener("click", () => toggle(row.dataset.seed));
    head.replaceChildren(button);
  }
  document.body.append(bar);

  // Pictures: from a place in a panel to its numbers, and back.
  const panelOf = (group) => {
    const [left, top, width, height] = group.dataset.box.split(" ").map(Number);
    const [xScale, yScale] = group.dataset.scales.split(" ");
    const axis = (ends, scale) => {
      const to = scale === "log" ? Math.log10 : (number) => number;
      const from = scale === "log" ? (number) => 10 ** number : (number) => number;
      const [low, high] = ends.split(" ").map(Number).map(to);
      return { at: (share) => from(low + share * (high - low)), share: (number) => (to(number) - low) / (high - low) };
    };
    const x = axis(group.dataset.x, xScale), y = axis(group.dataset.y, yScale);
    const readable = ["linear", "log"].includes(xScale) && ["linear", "log"].includes(yScale);
    return {
      group, left, top, width, height, readable,
      metrics: all('[data-shows^="median "]', group).map((own) => own.dataset.shows.slice("median ".length)),
      holds: (at) => at.x >= left && at.x <= left + width && at.y >= top && at.y <= top + height,
      numbers: (at) => [x.at((at.x - left) / width), y.at(1 - (at.y - top) / height)],
      place: (a, b) => [left + width * x.share(a), top + height * (1 - y.share(b))],
    };
  };
  const curves = JSON.parse(document.getElementById("curves-data")?.textContent ?? "null");
  const nearest = (epoch) => {
    let best = 0;
    curves.epochs.forEach((own, e) => { if (Math.abs(own - epoch) < Math.abs(curves.epochs[best] - epoch)) best = e; });
    return best;
  };
  const median = (values) => {
    const known = values.filter((value) => value !== null).sort((a, b) => a - b);
    const middle = known.length >> 1;
    return known.length % 2 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
  };
  const valuesAt = (metric, e) => {
    const name = metric.replaceAll("_", " ");
    const rows = curves.metrics[metric];
    const parts = [`${name} ${curves.seeds.length > 1 ? "median " : ""}${short(median(rows.map((row) => row[e])))}`];
    for (const seed of [...chosen].slice(0, 4)) {
      const row = rows[curves.seeds.indexOf(Number(seed))];
      if (row) parts.push(`seed ${seed}: ${row[e] === null ? "–" : short(row[e])}`);
    }
    return parts.join(", ");
  };

  for (const figure of all("figure")) {
    const svg = figure.querySelector("svg");
    if (!svg) continue;
    const panels = all("[data-box]", svg).map(panelOf);
    const output = make("output");
    const tools = make("div", { class: "tools" });
    const whole = svg.getAttribute("viewBox").split(" ").map(Number);
    let view = [...whole];
    const name = figure.dataset.kind ?? "picture";

    // zoom
    const set = (next) => {
      const size = Math.min(Math.max(next[2], whole[2] / 16), whole[2]);
      const tall = (size * whole[3]) / whole[2];
      view = [
        Math.min(Math.max(next[0], whole[0]), whole[0] + whole[2] - size),
        Math.min(Math.max(next[1], whole[1]), whole[1] + whole[3] - tall), size, tall,
      ];
      svg.setAttribute("viewBox", view.join(" "));
      svg.classList.toggle("zoomed", size < whole[2]);
    };
    const zoom = (factor, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) =>
      set([x - (x - view[0]) / factor, y - (y - view[1]) / factor, view[2] / factor, view[3] / factor]);
    const at = (event) => {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return { x: place.x, y: place.y };
    };
    const actions = [["+", "Zoom in", () => zoom(1.5)], ["−", "Zoom out", () => zoom(1 / 1.5)], ["Reset", "Show all", () => set(whole)]];
    for (const [text, label, action] of actions) {
      const button = make("button", { type: "button", "aria-label": `${label}: ${name}` }, text);
      button.addEventListener("click", action);
      tools.append(button);
    }
    svg.addEventListener("dblclick", (event) => { const { x, y } = at(event); zoom(2, x, y); });
    let held = null;
    svg.addEventListener("pointerdown", (event) => { if (view[2] < whole[2]) { held = at(event); svg.setPointerCapture(event.pointerId); } });
    svg.addEventListener("pointerup", () => { held = null; });

    // the numbers below the pointer, and at the epoch of a slider
    const marks = document.createElementNS(SVG, "g");
    svg.append(marks);
    const overCurves = curves ? panels.filter((panel) => panel.metrics.some((metric) => curves.metrics[metric])) : [];
    const cursor = document.createElementNS(SVG, "path");
    cursor.setAttribute("class", "cursor");
    svg.append(cursor);
    const atEpoch = (e, panel) => {
      const epoch = curves.epochs[e];
      cursor.setAttribute("d", overCurves.map((own) => `M${own.place(epoch, 1)[0]} ${own.top}v${own.height}`).join(""));
      const metrics = (panel ? panel.metrics : overCurves.flatMap((own) => own.metrics)).filter((metric) => curves.metrics[metric]);
      output.textContent = [`epoch ${epoch}`, ...metrics.map((metric) => valuesAt(metric, e))].join("; ");
    };
    svg.addEventListener("pointermove", (event) => {
      const place = at(event);
      if (held) { set([view[0] - (place.x - held.x), view[1] - (place.y - held.y), view[2], view[3]]); return; }
      const panel = panels.find((own) => own.holds(place));
      if (!panel || !panel.readable) { output.textContent = ""; return; }
      const [x, y] = panel.numbers(place);
      if (overCurves.includes(panel)) { const e = nearest(x); if (slider) slider.value = e; atEpoch(e, panel); return; }
      const shown = event.target.closest("[data-shows]");
      const names = [panel.group.dataset.xName || "x", panel.group.dataset.yName || "y"];
      output.textContent = `${names[0]} ${short(x)}, ${names[1]} ${short(y)}${shown ? ` (${shown.dataset.shows.replaceAll("_", " ")})` : ""}`;
    });
    let slider = null;
    if (overCurves.length && curves.epochs.length > 1) {
      const label = make("label", {}, "Epoch ");
      slider = make("input", { type: "range", min: 0, max: curves.epochs.length - 1, value: curves.epochs.length - 1 });
      slider.addEventListener("input", () => atEpoch(Number(slider.value)));
      label.append(slider);
      tools.append(label);
    }

    // a line for each chosen seed, where the picture has none of its own
    if (overCurves.length) {
      redraws.push(() => {
        marks.replaceChildren();
        for (const panel of overCurves) for (const metric of panel.metrics) for (const seed of chosen) {
          // an inner SVG ends where the panel does
          const row = curves.metrics[metric]?.[curves.seeds.indexOf(Number(seed))];
          if (!row || svg.querySelector(`[data-shows="seed ${seed} ${metric}"]`)) continue;
          const line = document.createElementNS(SVG, "path");
          const points = row.flatMap((value, e) => (value === null ? [] : [panel.place(curves.epochs[e], value).map((n) => n.toFixed(2)).join(" ")]));
          line.setAttribute("d", `M${points.join("L")}`);
          line.setAttribute("class", "seed-line");
          const clipped = document.createElementNS(SVG, "svg");
          const box = [panel.left, panel.top, panel.width, panel.height];
          ["x", "y", "width", "height"].forEach((side, b) => clipped.setAttribute(side, box[b]));
          clipped.setAttribute("viewBox", box.join(" "));
          clipped.append(line);
          marks.append(clipped);
        }
      });
    }
    svg.addEventListener("click", (event) => {
      const own = event.target.closest("[data-seed]");
      if (own && !own.dataset.box) toggle(own.dataset.seed);
    });
    tools.append(output);
    figure.prepend(tools);
  }

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
