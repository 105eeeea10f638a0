"use strict";
// What readers do with pictures: read the numbers below the pointer, choose seeds, zoom. By mouse, touch and keyboard.
// All text is set as text, never as markup.
const pictures = ({ all, make, short, chosen, toggle, redraws }) => {
  const SVG = "http://www.w3.org/2000/svg";
  const NEAR = [0, 2, 4, 6, 8];  // pixels from the pointer within which a mark is meant
  const ZOOMS = "Keys: plus and minus zoom, the arrow keys then move, 0 or Escape shows all.";
  const CHOOSES = "N and P go through the seeds, Enter highlights one in all pictures and tables.";
  const draw = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const help = (id, text) => document.body.append(make("p", { id, hidden: "" }, text));
  help("keys-zoom", ZOOMS);
  help("keys-seeds", CHOOSES);

  // From a place in a panel to its numbers, and back.
  const scaled = (scale) => {
    const [kind, threshold] = scale.split(" ");
    const t = Number(threshold), wide = 1 / (1 - 0.1);  // as matplotlib's SymmetricalLogTransform, of base 10
    switch (kind) {
      case "linear": return [(n) => n, (n) => n];
      case "log": return [Math.log10, (n) => 10 ** n];
      case "symlog": return [
        (n) => (Math.abs(n) <= t ? n * wide : Math.sign(n) * t * (wide + Math.log10(Math.abs(n) / t))),
        (n) => (Math.abs(n) <= t * wide ? n / wide : Math.sign(n) * t * 10 ** (Math.abs(n) / t - wide)),
      ];
      default: return null;
    }
  };
  const axisOf = (ends, scale, name, ticks) => {
    const both = scaled(scale);
    if (!both) return null;
    const [to, from] = both, [low, high] = ends.split(" ").map(Number).map(to), names = ticks && JSON.parse(ticks);
    const label = name.replace(/\s+/g, " ").replace(/ →$/, "");
    const least = scale === "linear" ? 10 ** Math.floor(Math.log10(Math.abs(high - low) / 1000)) : 0;  // what is seen
    return {
      at: (share) => from(low + share * (high - low)), share: (number) => (to(number) - low) / (high - low),
      says: (number) => {
        const said = names ? names[Math.round(number)] : short(least ? Math.round(number / least) * least : number);
        return said === undefined ? "" : `${label} = ${said}`;
      },
    };
  };
  const mapOf = ({ map, mapX, mapY, mapAt, mapName }) => {
    if (map === undefined) return { at: (a, b) => [a, b], says: () => "" };
    const [x, y] = [mapX, mapY].map((edges) => edges.split(" ").map(Number)), rows = map.split(";").map((row) => row.split(" "));
    const cell = (edges, n) => edges.findIndex((edge, e) => (n - edge) * (n - edges[e + 1]) <= 0);
    const counted = mapAt?.split(";").map((own) => own.split(" ").map(Number));  // the place that the value is of
    return {
      at: (a, b) => (counted ? [counted[0][cell(x, a)] ?? a, counted[1][cell(y, b)] ?? b] : [a, b]),
      says: (a, b) => {
        const value = rows[cell(y, b)]?.[cell(x, a)];
        return value === undefined ? "" : `${mapName.replace(/\s+/g, " ")} = ${short(Number(value))}`;
      },
    };
  };
  const panelOf = (group) => {
    const data = group.dataset, [left, top, width, height] = data.box.split(" ").map(Number);
    const [xScale, yScale] = data.scales.split(",");
    const x = axisOf(data.x, xScale, data.xName || "x", data.xTicks), y = axisOf(data.y, yScale, data.yName || "y", data.yTicks);
    const map = mapOf(data);
    const numbers = (at) => [x?.at((at.x - left) / width), y?.at(1 - (at.y - top) / height)];
    return {
      group, left, top, width, height, numbers,
      metrics: all('[data-shows^="median "]', group).map((own) => own.dataset.shows.slice("median ".length)),
      holds: (at) => at.x >= left && at.x <= left + width && at.y >= top && at.y <= top + height,
      place: (a, b) => [left + width * x.share(a), top + height * (1 - y.share(b))],
      says: (at) => {
        const place = numbers(at), [a, b] = map.at(...place);
        return [x?.says(a), y?.says(b), x && y && map.says(...place)].filter(Boolean).join(", ");
      },
    };
  };

  // Marks: what is drawn within some pixels of the pointer; of points over each other, the nearest.
  const pointAt = (use) => ({ x: Number(use.getAttribute("x")), y: Number(use.getAttribute("y")) });
  const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
  const nearMark = (svg, event, at, wanted) => {
    for (const off of NEAR) {
      const turns = off ? [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => (turn * Math.PI) / 4) : [0];
      const hits = turns.flatMap((angle) => document
        .elementsFromPoint(event.clientX + off * Math.cos(angle), event.clientY + off * Math.sin(angle))
        .filter((own) => svg.contains(own) && own.closest(wanted)));
      if (hits[0]?.tagName !== "use") { if (hits.length) return hits[0]; continue; }
      const points = hits.filter((own) => own.tagName === "use");
      return points.reduce((best, own) => (apart(pointAt(own), at) < apart(pointAt(best), at) ? own : best));
    }
    return null;
  };
  const seedOf = (hit) => hit.closest("[data-seed]:not([data-box])")?.dataset.seed;
  const nameOf = (hit) => {
    const seed = seedOf(hit), shows = (hit.closest("[data-shows]")?.dataset.shows ?? "").replaceAll("_", " ");
    return seed === undefined || /\bseed \d/.test(shows) ? shows : `seed ${seed}${shows ? `, ${shows}` : ""}`;
  };
  const IS_LINE = /^M[^A-Za-z]+(l[^A-Za-z]+)+$/;
  const cornersOf = (path) => {
    let place = { x: 0, y: 0 };
    return [...path.matchAll(/([Ml])([^Ml]+)/g)].map(([, command, numbers]) => {
      const [x, y] = numbers.match(/-?[\d.]+/g).map(Number);
      place = command === "M" ? { x, y } : { x: place.x + x, y: place.y + y };
      return place;
    });
  };
  const pointOf = (hit, at) => {
    if (hit.tagName === "use") return apart(pointAt(hit), at) <= 12 ? pointAt(hit) : null;  // or else it is a shape
    const path = hit.getAttribute("d") ?? "";
    if (!IS_LINE.test(path)) return null;
    const best = cornersOf(path).reduce((near, own) => (apart(own, at) < apart(near, at) ? own : near));
    return apart(best, at) <= 8 ? best : null;
  };

  // The curves of every seed, as they were recorded.
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
      const row = rows[curves.seeds.indexOf(seed)];
      if (row) parts.push(`seed ${seed}: ${row[e] === null ? "–" : short(row[e])}`);
    }
    return parts.join(", ");
  };

  for (const figure of all("figure")) {
    const svg = figure.querySelector("svg");
    if (!svg) continue;
    const frame = svg.parentElement, panels = all("[data-box]", svg).map(panelOf);
    const output = make("output"), tools = make("div", { class: "tools" });
    const whole = svg.getAttribute("viewBox").split(" ").map(Number), name = figure.dataset.kind ?? "picture";
    let view = [...whole];
    const isZoomed = () => view[2] < whole[2];

    // zoom
    const set = (next) => {
      const size = Math.min(Math.max(next[2], whole[2] / 16), whole[2]);
      const tall = (size * whole[3]) / whole[2];
      view = [
        Math.min(Math.max(next[0], whole[0]), whole[0] + whole[2] - size),
        Math.min(Math.max(next[1], whole[1]), whole[1] + whole[3] - tall), size, tall,
      ];
      svg.setAttribute("viewBox", view.join(" "));
      svg.classList.toggle("zoomed", isZoomed());
    };
    const zoom = (factor, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) =>
      set([x - (x - view[0]) / factor, y - (y - view[1]) / factor, view[2] / factor, view[3] / factor]);
    const move = (right, down) => set([view[0] + right * view[2], view[1] + down * view[3], view[2], view[3]]);
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
    let held = null, isMoved = false;
    svg.addEventListener("pointerdown", (event) => {
      isMoved = false;
      if (isZoomed()) { held = { ...at(event), clientX: event.clientX, clientY: event.clientY }; svg.setPointerCapture(event.pointerId); }
    });
    svg.addEventListener("pointerup", () => { held = null; });

    // the seeds in it
    const own = [...new Set(all("[data-seed]", svg).map((mark) => mark.dataset.seed))];
    const overCurves = curves ? panels.filter((panel) => panel.metrics.some((metric) => curves.metrics[metric])) : [];
    const seeds = (overCurves.length ? [...curves.seeds] : own).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    let pointed = null;
    const point = (seed) => {
      pointed = seed;
      for (const mark of all("[data-seed]", svg)) mark.classList.toggle("pointed", mark.dataset.seed === seed);
      redraw();
      if (seed !== null) output.textContent = `seed ${seed}${chosen.has(seed) ? ", highlighted" : ""}`;
    };
    svg.addEventListener("click", (event) => {
      if (isMoved) return;
      const hit = nearMark(svg, event, at(event), "[data-seed]:not([data-box])");
      const seed = hit ? seedOf(hit) : panels.find((panel) => panel.holds(at(event)))?.group.dataset.seed;
      if (seed !== undefined) toggle(seed);
    });

    // by keyboard
    const keys = {
      "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), "_": () => zoom(1 / 1.5), "0": () => set(whole), Escape: () => set(whole),
    };
    const arrows = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
    const step = (by) => point(seeds[pointed === null ? (by < 0 ? seeds.length - 1 : 0) : (seeds.indexOf(pointed) + by + seeds.length) % seeds.length]);
    const press = (key) => {
      if (keys[key]) { keys[key](); output.textContent = `zoom ${short(whole[2] / view[2])} ×`; return true; }
      if (arrows[key] && isZoomed()) { move(...arrows[key]); return true; }
      if (seeds.length && /^[np]$/i.test(key)) { step(key.toLowerCase() === "n" ? 1 : -1); return true; }
      if (pointed !== null && (key === "Enter" || key === " ")) { toggle(pointed); point(pointed); return true; }
      return false;
    };
    frame.addEventListener("keydown", (event) => {
      if (event.target === frame && !event.ctrlKey && !event.metaKey && !event.altKey && press(event.key)) event.preventDefault();
    });
    frame.addEventListener("blur", () => point(null));
    frame.setAttribute("aria-describedby", seeds.length ? "keys-zoom keys-seeds" : "keys-zoom");

    // the numbers below the pointer, and at the epoch of a slider
    const marks = draw("g", {}), cursor = draw("path", { class: "cursor" });
    svg.append(marks, cursor);
    const atEpoch = (e, panel) => {
      const epoch = curves.epochs[e];
      cursor.setAttribute("d", overCurves.map((own) => `M${own.place(epoch, 1)[0]} ${own.top}v${own.height}`).join(""));
      const metrics = (panel ? panel.metrics : overCurves.flatMap((own) => own.metrics)).filter((metric) => curves.metrics[metric]);
      output.textContent = [`epoch ${epoch}`, ...metrics.map((metric) => valuesAt(metric, e))].join("; ");
    };
    svg.addEventListener("pointermove", (event) => {
      const place = at(event);
      if (held) {
        isMoved ||= Math.hypot(event.clientX - held.clientX, event.clientY - held.clientY) > 3;
        set([view[0] - (place.x - held.x), view[1] - (place.y - held.y), view[2], view[3]]);
        return;
      }
      const panel = panels.find((own) => own.holds(place)), hit = nearMark(svg, event, place, "[data-shows], [data-seed]:not([data-box])");
      if (overCurves.includes(panel)) {
        const e = nearest(panel.numbers(place)[0]);
        if (slider) slider.value = e;
        atEpoch(e, panel);
        if (hit && seedOf(hit) !== undefined) output.textContent = `${nameOf(hit)}; ${output.textContent}`;
        return;
      }
      const exact = hit && panel ? pointOf(hit, place) : null;
      cursor.setAttribute("d", exact ? `M${exact.x - 3} ${exact.y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0` : "");
      const name = hit ? nameOf(hit) : "", numbers = panel?.says(exact ?? place) ?? "";
      output.textContent = [numbers.includes(`${name} = `) ? "" : name, numbers].filter(Boolean).join(": ");
    });
    svg.addEventListener("pointerleave", () => { if (!overCurves.length) { cursor.setAttribute("d", ""); output.textContent = ""; } });
    let slider = null;
    if (overCurves.length && curves.epochs.length > 1) {
      const label = make("label", {}, "Epoch ");
      slider = make("input", { type: "range", min: 0, max: curves.epochs.length - 1, value: curves.epochs.length - 1 });
      slider.addEventListener("input", () => atEpoch(Number(slider.value)));
      label.append(slider);
      tools.append(label);
    }

    // chosen seeds: black on white above all else, with their name; lines, a ring around points, a frame around panels
    const label = ({ x, y }, seed) => {
      const isHigh = panels.some((panel) => panel.holds({ x, y }) && y - panel.top < 12);
      const text = draw("text", { x, y: isHigh ? y + 10 : y - 5, class: "seed-label" });
      text.textContent = `seed ${seed}`;
      return text;
    };
    const lines = (path, style) => ["seed-halo", "seed-line"].map((name) => draw("path", { ...style, d: path, class: name }));
    const named = (path, seed, number) => {
      const corners = cornersOf(path), along = Math.max(0.1, 0.7 - 0.2 * number);  // so that names are apart
      return label(corners[Math.floor(along * (corners.length - 1))], seed);
    };
    const inside = ({ left, top, width, height }, children) => {  // an inner SVG ends with the panel
      const clipped = draw("svg", { x: left, y: top, width, height, viewBox: [left, top, width, height].join(" ") });
      clipped.append(...children);
      return clipped;
    };
    const recorded = (panel, seed) => panel.metrics.flatMap((metric) => {
      const row = curves.metrics[metric]?.[curves.seeds.indexOf(seed)];
      const points = (row ?? []).flatMap((value, e) => (value === null ? [] : [panel.place(curves.epochs[e], value)]));
      return points.length > 1 && !svg.querySelector(`[data-shows="seed ${seed} ${metric}"]`)
        ? [points.map(([x, y], p) => (p ? `l${(x - points[p - 1][0]).toFixed(3)} ${(y - points[p - 1][1]).toFixed(3)}` : `M${x} ${y}`)).join("")] : [];
    });
    const drawn = ({ group }, seed) => all(`[data-seed="${seed}"]:not([data-box]) path`, group)
      .filter((path) => !path.closest("defs") && IS_LINE.test(path.getAttribute("d")));
    const dashes = (path) => (path.hasAttribute("stroke-dasharray") ? { "stroke-dasharray": path.getAttribute("stroke-dasharray") } : {});
    const ofSeed = (panel, seed, number) => {
      const known = drawn(panel, seed), more = overCurves.includes(panel) ? recorded(panel, seed) : [];
      const paths = [...known.map((path) => [path.getAttribute("d"), dashes(path)]), ...more.map((path) => [path, {}])];
      if (!paths.length) return [[], []];
      return [[inside(panel, paths.flatMap(([path, style]) => lines(path, style)))], [named(paths[0][0], seed, number)]];
    };
    const around = ({ left, top, width, height }) => draw("rect", { x: left, y: top, width, height, class: "seed-frame" });
    const points = all("use[data-seed]", svg);
    const ring = (use) => draw("circle", { cx: pointAt(use).x, cy: pointAt(use).y, r: 4, class: "seed-frame" });
    const redraw = () => {
      const shown = pointed === null ? [...chosen] : [...new Set([...chosen, pointed])];
      const isShown = ({ dataset }) => shown.includes(dataset.seed), ringed = points.filter(isShown);
      const found = shown.flatMap((seed, number) => panels.map((panel) => ofSeed(panel, seed, number)));
      const [below, above] = [0, 1].map((part) => found.flatMap((own) => own[part]));
      const frames = panels.filter((panel) => isShown(panel.group)).map(around);
      marks.replaceChildren(...below, ...frames, ...ringed.map(ring), ...above, ...ringed.map((use) => label(pointAt(use), use.dataset.seed)));
    };
    redraws.push(redraw);
    tools.append(output);
    figure.prepend(tools);
  }
};
