"use strict";
// Draws the charts of a report from the numbers in the island. It computes no number but the ticks of an axis.
(() => {
  const { figures, mark: simulated, values, words: W } = JSON.parse(document.getElementById("plots").textContent);
  const DASHES = ["7 4", "", "2 3"];
  let count = 0;

  const el = (parent, tag, cls, text) => {
    const made = document.createElement(tag);
    if (cls) made.className = cls;
    if (text) {
      made.textContent = text;
      made.dir = "auto";
    }
    if (parent) parent.append(made);
    return made;
  };
  const set = (element, attributes) => {
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  const shape = (parent, tag, attributes, colour) => {
    const made = set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
    parent.append(made);
    return paint(made, colour);
  };
  const paint = (element, colour) => {
    if (colour) element.style.setProperty("--c", colour);
    return element;
  };
  const button = (parent, cls, text, state, act) => {
    const made = set(el(parent, "button", cls, text), { type: "button", ...state });
    made.addEventListener("click", () => act(made));
    return made;
  };
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const plain = (value) => String(+value.toFixed(6)).replace("-", "−");
  const box = (element) => element.getBoundingClientRect();

  // Round numbers between two ends, about five of them.
  const ticks = (low, high) => {
    const raw = (high - low) / 5 || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((s) => s * power >= raw) * power;
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
    return found;
  };

  // Black or white, whichever is read better on a colour; one of them always has 4.5 to 1.
  const ink = (colour) => {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const c = parseInt(colour.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  // What is wider than the window says so; a table that is not keeps its heads in sight.
  const sizes = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      const scroll = target.closest(".scroll") || target;
      const more = scroll.scrollWidth > scroll.clientWidth + 1;
      scroll.classList.toggle("fits", !more);
      // Where a name stands once for several rows the next column stays in sight too, if there is room for both.
      const [first, second] = scroll.querySelector("tbody td:first-child") ? scroll.querySelectorAll("thead tr > *") : [];
      const two = second ? first.offsetWidth + second.offsetWidth : Infinity;
      scroll.classList.toggle("both", two < 0.66 * scroll.clientWidth);
      if (second) scroll.style.setProperty("--first", first.offsetWidth + "px");
      if (more !== (scroll.previousElementSibling || scroll).matches(".sideways")) {
        if (more) scroll.before(set(el(0, "p", "sideways", W.sideways), { "aria-hidden": true }));
        else scroll.previousElementSibling.remove();
      }
    }
  });
  const watched = (scroll) => {
    sizes.observe(scroll);
    if (scroll.firstElementChild) sizes.observe(scroll.firstElementChild);
  };

  const build = (figure, plot) => {
    const { kind, categories = [], series = [], groups, low, high, regions = [], axes = ["", ""], muted = [], base } = plot;
    const { columns = [], squares = [], paired, drawing } = plot;
    const number = ++count;
    const curves = kind === "curves";
    const stacked = kind === "stacked";
    const grid = kind === "grid";
    const paths = kind === "paths";
    const texts = (plot.texts || []).map((t) => t.replace(/ {2,}/g, W.comma));
    const live = el(0, "div", "live " + kind);
    live.classList.toggle("paired", !!paired);
    const tools = el(live, "div", "tools");
    const off = { row: new Set(), panel: new Set(), part: new Set(), column: new Set() };
    let chart, tip, area, active, held;
    let sorted = false;
    let marks = [];

    const status = set(el(0, "p", "status"), { role: "status" });
    const say = (...parts) => (status.textContent = parts.filter(Boolean).join(W.comma));
    const parts = () => series.map((_, i) => i).filter((i) => !off.part.has(i));

    // What rows are sorted by: the estimate; of bars the upper parts less the lower ones, or what is shown of them.
    const rank = (row) => {
      if (!stacked) return series[0].values[row];
      const all = series.length;
      return sum(series.map((s, i) => (off.part.size ? !off.part.has(i) : Math.sign(2 * i - all + 1)) * s.values[row]));
    };
    const rows = () => {
      const shown = categories.map((_, i) => i).filter((i) => !off.row.has(categories[i]) && !(groups && off.panel.has(groups[i])));
      const place = (i) => (groups ? groups.indexOf(groups[i]) : 0);
      return sorted ? shown.sort((a, b) => place(a) - place(b) || rank(b) - rank(a)) : shown;
    };
    const changed = (name) => {
      draw();
      const [shown, all] = curves ? [parts(), series] : off.column.size ? [across(), columns] : [rows(), categories];
      say(name, W.count.replace("{shown}", shown.length).replace("{all}", all.length));
    };

    const release = () => {
      if (active) for (const element of active.parts) element.classList.remove("on");
      for (const element of chart.querySelectorAll(".near")) element.classList.remove("near");
      active = held = undefined;
      chart.classList.remove("held", "traced");
      tip.hidden = true;
    };
    const show = (mark, hold) => {
      release();
      active = mark;
      held = hold;
      for (const element of mark.parts) element.classList.add("on");
      for (const other of mark.near) for (const element of marks[other].parts) element.classList.add("near");
      chart.classList.toggle("held", !!hold);
      chart.classList.toggle("traced", paths);
      tip.replaceChildren();
      el(tip, "b", "", mark.title);
      for (const line of mark.lines) el(tip, "span", "", line);
      tip.hidden = false;
      const spot = mark.element.querySelector(".dot, .shape, .plate") || mark.element;
      const around = chart.matches(".scroll") && chart;
      if (around) {
        const [inner, outer] = [box(spot), box(around)];
        const stub = grid ? box(around.querySelector(".label")).width : 0;
        if (inner.left < outer.left + stub) around.scrollLeft -= outer.left + stub - inner.left + 8;
        if (inner.right > outer.right) around.scrollLeft += inner.right - outer.right + 8;
      }
      const frame = box(live);
      const place = box(spot);
      const left = (place.left + place.right - tip.offsetWidth) / 2 - frame.left;
      const above = place.top - tip.offsetHeight - 8;
      tip.style.left = Math.max(0, Math.min(left, frame.width - tip.offsetWidth)) + "px";
      tip.style.top = (above < 0 ? place.bottom + 8 : above) - frame.top + "px";
      say(hold && W.held, mark.title + W.colon + mark.lines.join(W.stop));
    };
    // A mark: its element, its row and column for the arrow keys, its words.
    const mark = (element, row, column, title, ...lines) => {
      element.classList.add("mark");
      element.dataset.mark = marks.length;
      marks.push({ element, parts: [element], near: [], row, column, title, lines: [...lines, base].filter(Boolean) });
    };

    const draw = () => {
      release();
      marks = [];
      chart.replaceChildren();
      if (paths) return diagram();
      const chosen = rows();
      if (!chosen.length || !(grid ? across() : parts()).length) el(chart, "p", "nothing", W.none);
      else if (grid) tiles(chosen);
      else if (area || curves || kind === "points") plane(chosen);
      else bars(chosen);
    };

    // A grid of cells: names of rows at the left, of columns above; of pairs each thing has a number, and only one half.
    const across = () => columns.map((_, j) => j).filter((j) => !(paired ? off.row : off.column).has(columns[j]));
    const tiles = (chosen) => {
      const shown = across();
      const cell = new Map(squares.map((s) => [s[0] + " " + s[1], s]));
      const wide = paired ? shown.filter((j) => chosen.some((i) => cell.has(i + " " + j))) : shown;
      const table = el(chart, "div", "tiles-of");
      table.style.gridTemplateColumns = `minmax(${paired ? 130 : 110}px, ${paired ? 220 : 260}px) repeat(${wide.length}, minmax(${paired ? 48 : 68}px, 1fr))`;
      el(table, "div", "corner");
      for (const j of wide) el(table, "div", "head", paired ? String(j + 1) : columns[j]);
      let row = 0;
      for (const i of chosen) {
        el(table, "div", "label", (paired ? i + 1 + "  " : "") + categories[i]);
        let column = 0;
        for (const j of wide) {
          const made = el(table, "div", "cell");
          const found = cell.get(i + " " + j);
          if (!found) {
            made.classList.add("none");
            continue;
          }
          const [, , text, colour, lines] = found;
          paint(made, colour).style.color = ink(colour);
          el(made, "span", "", text);
          mark(made, row, column++, categories[i] + (paired ? " – " : W.comma) + columns[j], ...(lines.length ? lines : [text || W.empty]));
        }
        if (column) row++;
      }
    };

    // A path diagram: the still picture itself, whose constructs and paths answer; what belongs to one stays, the rest fades.
    const diagram = () => {
      const coded = figure.querySelector("img").src.split(",")[1];
      const text = new TextDecoder().decode(Uint8Array.from(atob(coded), (c) => c.charCodeAt(0)));
      const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
      set(svg, { "aria-hidden": true }).classList.toggle("broad", svg.viewBox.baseVal.width > 1200);
      chart.append(svg);
      const parts = (name, i) => [...svg.querySelectorAll(`[data-${name}="${i}"]`)];
      const { knots, links } = drawing;
      const at = new Map();
      const add = (name, i, title, lines) => {
        const [first, ...rest] = parts(name, i).reverse();
        mark(first, marks.length, 0, title, ...lines);
        const made = marks[marks.length - 1];
        for (const part of rest) part.dataset.mark = first.dataset.mark;
        made.parts.push(...rest);
        at.set(name + i, marks.length - 1);
      };
      for (const [i, [label, lines]] of knots.entries()) {
        add("knot", i, label, lines);
        links.forEach(([from, to, words], j) => from === i && add("link", j, label + " → " + knots[to][0], [words]));
      }
      for (const way of svg.querySelectorAll(".way")) {
        const wide = way.cloneNode();
        wide.setAttribute("class", "hit");
        way.after(wide);
      }
      links.forEach(([from, to], j) => {
        const link = marks[at.get("link" + j)];
        for (const end of [from, to]) {
          marks[at.get("knot" + end)].near.push(at.get("link" + j), at.get("knot" + (end === from ? to : from)));
          link.near.push(at.get("knot" + end));
        }
      });
    };

    // Where the bar of a row begins: diverging ones have their middle at zero, as long as all parts are shown.
    const start = (row) => {
      const half = series.length / 2;
      if (!plot.centred || off.part.size) return 0;
      return -sum(series.map((s, i) => s.values[row] * Math.max(0, Math.min(1, half - i))));
    };
    const domain = (chosen) => {
      if (stacked) {
        const ends = chosen.map((i) => start(i) + sum(series.map((s) => s.values[i])));
        if (!plot.centred || off.part.size) return [0, plot.percent ? 1 : Math.max(...ends)];
        const reach = Math.max(...ends, ...chosen.map((i) => -start(i)));
        return [-reach, reach];
      }
      const fixed = [plot.null, plot.bars && 0].filter((v) => typeof v === "number");
      const [from, to] = [Math.min(...low, ...fixed), Math.max(...high, ...fixed)];
      const pad = 0.04 * (to - from || 1);
      return [plot.bars && !from ? 0 : from - pad, to + pad];
    };

    const bars = (chosen) => {
      const [from, to] = domain(chosen);
      const at = (value) => (100 * (value - from)) / (to - from) + "%";
      const put = (parent, tag, cls, value, end, text) => {
        const made = el(parent, tag, cls, text);
        made.style.left = at(value);
        if (end !== undefined) made.style.width = (100 * (end - value)) / (to - from) + "%";
        return made;
      };
      const marked = ticks(from, to);
      const zero = stacked ? (from < 0 ? 0 : undefined) : plot.null;
      let panel = "";
      chosen.forEach((i, r) => {
        if (groups && groups[i] !== panel) el(chart, "div", "panel", (panel = groups[i]));
        const row = el(chart, "div", "row");
        el(row, "div", "label", categories[i]);
        const track = el(row, "div", "track");
        for (const value of marked) put(track, "s", "", value);
        if (zero !== undefined) put(track, "s", "zero", zero);
        el(row, "div", "text", texts[i]);
        const title = (panel && panel + W.comma) + categories[i];
        if (stacked) {
          let place = start(i);
          parts().forEach((part, c) => {
            const { name, colour, shown, values } = series[part];
            const made = paint(put(track, "i", "seg", place, (place += values[i])), colour);
            made.style.color = ink(colour);
            el(made, "span", "", shown[i]);
            mark(made, r, c, title, name + W.colon + shown[i], texts[i]);
          });
        } else {
          const value = series[0].values[i];
          paint(row, series[0].colour).classList.toggle("faint", !!muted[i]);
          if (plot.bars) put(track, "i", "bar", Math.min(0, value), Math.max(0, value));
          put(track, "i", "line", low[i], high[i]);
          put(track, "i", "dot", value);
          mark(row, r, 0, title, texts[i]);
        }
      });
      const axis = el(chart, "div", "axis");
      const scale = el(axis, "div", "scale");
      for (const value of marked) {
        const shown = stacked ? Math.abs(value) : value;
        const place = parseFloat(at(value));
        put(scale, "span", place < 4 ? "first" : place > 96 ? "last" : "", value, undefined, plot.percent ? plain(shown * 100) + "%" : plain(shown));
      }
      el(axis, "div", "axis-title", axes[0]);
    };

    // Points and lines over two axes.
    const plane = (chosen) => {
      const given = categories.map((c) => +c.replace("−", "-"));
      const named = curves && given.some(isNaN);
      const xs = curves ? (named ? given.map((_, i) => i) : given) : series[0].values;
      const ends = (values, share) => {
        const [least, most] = [Math.min(...values), Math.max(...values)];
        const pad = share * (most - least || 1);
        return [least - pad, most + pad];
      };
      const outline = (k) => regions.flat().map((p) => p[k]);
      const [x0, x1] = ends([...xs, ...outline(0), ...(curves ? [] : [0])], curves ? 0 : 0.03);
      const [y0, y1] = ends([...series.slice(curves ? 0 : 1).flatMap((s) => s.values), ...outline(1)], 0.06);
      const X = (v) => (100 * (v - x0)) / (x1 - x0);
      const Y = (v) => 100 - (100 * (v - y0)) / (y1 - y0);
      const path = (points) => points.map(([x, y], i) => (i ? "L" : "M") + X(x) + " " + Y(y)).join("");
      if (axes[1]) el(chart, "div", "axis-title up", "↑ " + axes[1]);
      area = el(chart, "div", "plane");
      const back = shape(area, "svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none" });
      const put = (tag, cls, left, top, text) => {
        const made = el(area, tag, cls, text);
        if (left !== "") made.style.left = left + "%";
        if (top !== "") made.style.top = top + "%";
        return made;
      };
      for (const value of ticks(y0, y1)) {
        shape(back, "path", { d: `M0 ${Y(value)}H100`, class: "grid" });
        put("span", "tick-y", "", Y(value), plain(value));
      }
      const below = named ? xs.filter((_, i) => i % Math.ceil(xs.length / 6) === 0) : ticks(x0, x1);
      for (const value of below) {
        shape(back, "path", { d: `M${X(value)} 0V100`, class: "grid" });
        put("span", "tick-x", X(value), "", named ? categories[value] : plain(value));
      }
      if (curves) {
        parts().forEach((part, r) => {
          const { name, colour, values, shown } = series[part];
          shape(back, "path", { d: path(values.map((y, i) => [xs[i], y])), class: "curve", "stroke-dasharray": DASHES[part % 3] }, colour);
          values.forEach((y, i) => {
            const dot = paint(put("i", "dot quiet", X(xs[i]), Y(y)), colour);
            mark(dot, r, i, name, axes[0] + W.colon + (named ? categories[i] : plain(xs[i])), axes[1] + W.colon + shown[i]);
          });
        });
      } else {
        const [{ values, colour, name, shown }, up] = series;
        shape(back, "path", { d: `M${X(sum(values) / xs.length)} 0V100M0 ${Y(sum(up.values) / xs.length)}H100`, class: "mean" });
        for (const i of chosen) if (regions[i]) shape(back, "path", { d: path(regions[i]) + "Z", class: "region" }, colour);
        chosen.sort((a, b) => xs[a] - xs[b]).forEach((i, r) => {
          const place = [X(xs[i]), Y(up.values[i])];
          const words = texts[i] || name + W.colon + shown[i] + W.comma + up.name + W.colon + up.shown[i];
          mark(paint(put("i", "dot", ...place), colour), r, 0, categories[i], words);
          put("span", "name", ...place, categories[i]);
        });
        names();
      }
      if (axes[0]) el(chart, "div", "axis-title", axes[0] + " →");
    };

    // Names beside their points where nothing is covered; a name without room waits for its point to be touched.
    const names = () => {
      const frame = box(area);
      const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      const taken = marks.map((m) => box(m.element));
      for (const name of frame.width ? area.querySelectorAll(".name") : []) {
        name.style.translate = "none";
        const { left, top, width, height } = box(name);
        const spots = [0, -15, 15, -30, 30].flatMap((up) => [[10, up - height / 2], [-10 - width, up - height / 2]]);
        const fits = [...spots, [-width / 2, -height - 9], [-width / 2, 9]].find(([dx, dy]) => {
          const there = new DOMRect(left + dx, top + dy, width, height);
          if (there.left < frame.left || there.right > frame.right || there.top < frame.top || there.bottom > frame.bottom) return false;
          return !taken.some((t) => meet(there, t)) && taken.push(there);
        });
        name.classList.toggle("hid", !fits);
        if (fits) name.style.translate = fits[0] + "px " + fits[1] + "px";
      }
    };

    const under = (event) => {
      if (!area) return marks[(event.target.closest("[data-mark]") || { dataset: {} }).dataset.mark];
      const far = (m) => Math.hypot(event.clientX - box(m.element).left - 6, event.clientY - box(m.element).top - 6);
      const [best] = area.contains(event.target) ? marks.map((m) => [far(m), m]).sort((a, b) => a[0] - b[0]) : [];
      return best && best[0] < 48 ? best[1] : undefined;
    };
    const key = (event) => {
      const wide = marks.some((m) => m.column);
      const step = (way, across) => {
        if (!active) return marks[0];
        if (across && wide) return marks[marks.indexOf(active) + way] || active;
        const there = marks.filter((m) => m.row === active.row + way);
        return there.find((m) => m.column === active.column) || there.at(-1) || active;
      };
      const keys = {
        ArrowRight: () => show(step(1, true), held),
        ArrowLeft: () => show(step(-1, true), held),
        ArrowDown: () => show(step(1), held),
        ArrowUp: () => show(step(-1), held),
        Home: () => show(marks[0], held),
        End: () => show(marks[marks.length - 1], held),
        Enter: () => show(active || marks[0], !held),
      };
      keys[" "] = keys.Enter;
      if (!keys[event.key] || event.altKey || event.ctrlKey || event.metaKey || !marks.length) return;
      event.preventDefault();
      keys[event.key]();
    };
    const listen = () => {
      const on = (target, name, act) => target.addEventListener(name, act);
      const mouse = (act) => (event) => held || event.pointerType === "touch" || act(event);
      on(chart, "pointerleave", mouse(release));
      on(chart, "pointermove", mouse((event) => {
        const found = under(event);
        if (!found) release();
        else if (found !== active) show(found);
      }));
      on(chart, "click", (event) => {
        const found = under(event);
        if (!found || (held && found === active)) release();
        else show(found, true);
      });
      on(chart, "focus", () => chart.matches(":focus-visible") && !active && marks[0] && show(marks[0]));
      on(chart, "blur", release);
      on(chart, "keydown", key);
      on(document, "click", (event) => active && !chart.contains(event.target) && release());
      on(document, "keydown", (event) => event.key === "Escape" && release());
      if (kind === "points") new ResizeObserver(() => marks.length && names()).observe(chart);
    };

    // Buttons for the parts of bars and for lines, a switch for sorting, boxes to tick for rows and panels.
    const controls = () => {
      if (paths) return;
      if (stacked || curves) {
        const legend = set(el(tools, "div", "legend"), { role: "group", "aria-label": curves ? W.lines : W.parts });
        series.forEach(({ name, colour }, i) => {
          const made = button(legend, "key", "", { "aria-pressed": true }, () => {
            const again = off.part.delete(i);
            if (!again) off.part.add(i);
            set(made, { "aria-pressed": again });
            changed(name);
          });
          const sample = shape(made, "svg", { viewBox: "0 0 24 12", "aria-hidden": true }, colour);
          if (curves) shape(sample, "path", { d: "M0 6H24", "stroke-dasharray": DASHES[i % 3] });
          else shape(sample, "rect", { width: 24, height: 12 });
          el(made, "span", "", name);
        });
      }
      const kinds = { panel: [...new Set(groups)], row: curves ? [] : [...new Set(categories)] };
      if (grid && !paired) kinds.column = columns;
      if (kinds.row.length > 1 && kind !== "points" && !grid)
        button(tools, "sort", W.sort, { "aria-pressed": false }, (made) => {
          sorted = !sorted;
          set(made, { "aria-pressed": sorted });
          draw();
          say(sorted ? W.sorted : W.given);
        });
      if (kinds.row.length < 3 && kinds.panel.length < 2 && !(kinds.column || []).length) return;
      const fold = el(tools, "details", "choose");
      const summary = el(fold, "summary", "", W.filter);
      const inside = el(fold, "div", "choices");
      for (const which in kinds) {
        if (kinds[which].length < 2) continue;
        const field = el(inside, "fieldset");
        el(field, "legend", "", W[which + "s"]);
        for (const name of kinds[which]) {
          const label = el(field, "label");
          const input = set(el(label, "input"), { type: "checkbox" });
          input.checked = true;
          el(label, "span", "", name);
          input.addEventListener("change", () => {
            off[which][input.checked ? "delete" : "add"](name);
            changed(name);
          });
        }
      }
      button(inside, "all", W.all, {}, () => {
        inside.querySelectorAll("input").forEach((input) => (input.checked = true));
        off.row.clear();
        off.panel.clear();
        off.column.clear();
        changed();
      });
      const close = () => (fold.open = false);
      fold.addEventListener("keydown", (event) => event.key === "Escape" && fold.open && (close(), summary.focus()));
      document.addEventListener("click", (event) => fold.contains(event.target) || close());
    };

    // The table of the figure, beneath it.
    const source = document.getElementById(plot.table);
    const numbers = () => {
      const panel = el(0, "div", "panel-numbers");
      panel.id = "numbers-" + number;
      panel.hidden = true;
      const state = { "aria-expanded": false, "aria-controls": panel.id };
      button(tools, "numbers", W.numbers, state, (made) => {
        if (!panel.firstChild) {
          const copy = source.cloneNode(true);
          for (const each of [copy, ...copy.querySelectorAll("[id]")]) each.removeAttribute("id");
          const scroll = copy.querySelector(".scroll");
          scroll.removeAttribute("aria-labelledby");
          set(scroll, { role: "group", "aria-label": copy.querySelector("caption").textContent });
          panel.append(copy);
          watched(scroll);
        }
        panel.hidden = !panel.hidden;
        set(made, { "aria-expanded": !panel.hidden }).textContent = panel.hidden ? W.numbers : W.hide;
      });
      return panel;
    };

    if (kind) {
      const label = W.chart + W.colon + figure.querySelector("figcaption").textContent;
      if (!paths) el(live, "p", "simulated", simulated);
      chart = set(el(live, "div", grid || paths ? "chart scroll" : "chart"), { role: "application", tabindex: 0, "aria-label": label, "aria-describedby": "hint-" + number });
      el(live, "p", "hint", W.hint).id = "hint-" + number;
      tip = set(el(live, "div", "tip"), { "aria-hidden": true });
      controls();
      listen();
      figure.classList.add("drawn");
    }
    live.append(status);
    if (source) live.append(numbers());
    figure.querySelector("img").after(live);
    if (kind) draw();
    if (grid || paths) watched(chart);
  };

  for (const id in figures) build(document.getElementById(id), figures[id]);
  document.querySelectorAll("main .scroll[tabindex]:not(.chart)").forEach(watched);

  // Each number leads to its key in results.json: a click, or Enter once the switch beneath the guide makes them stops of the keyboard.
  const source = set(el(document.body, "div", "source"), { role: "status" });
  const answers = (number) => {
    source.replaceChildren();
    if (!number) return;
    const { key } = number.dataset;
    const value = key.split("/").slice(1).reduce((at, step) => (at || {})[step.replace(/~1/g, "/").replace(/~0/g, "~")], values);
    const words = el(source, "div", "tip");
    el(words, "b", "", number.textContent.replace(/\u2060/g, "").trim());
    el(words, "span", "", W.value + W.colon + (value ?? W.empty));
    el(words, "span", "", W.key);
    el(words, "code", "", key);
    const place = box(number);
    const left = Math.max(8, Math.min(place.left, document.documentElement.clientWidth - words.offsetWidth - 8));
    const above = place.top - words.offsetHeight - 6;
    words.style.left = left + scrollX + "px";
    words.style.top = (above < 0 ? place.bottom + 6 : above) + scrollY + "px";
  };
  const asked = (event) => event.target.closest(".n[data-key]");
  document.addEventListener("click", (event) => event.target.closest(".source") || !getSelection().isCollapsed || answers(asked(event)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") answers();
    if ((event.key !== "Enter" && event.key !== " ") || !asked(event)) return;
    event.preventDefault();
    answers(asked(event));
  });
  const guide = document.querySelector(".contents");
  if (guide) {
    const state = { "aria-pressed": false };
    button(guide, "sources", W.sources, state, (made) => {
      const on = made.ariaPressed === "false";
      set(made, { "aria-pressed": on });
      document.body.classList.toggle("asking", on);
      for (const number of document.querySelectorAll(".n[data-key]"))
        if (on) set(number, { tabindex: 0, role: "button" });
        else ["tabindex", "role"].forEach((name) => number.removeAttribute(name));
    });
    // The way back, from anywhere in a long page.
    guide.id = guide.id || "contents";
    const back = el(document.querySelector("main"), "p", "back");
    set(el(back, "a", "", "↑ " + guide.ariaLabel), { href: "#" + guide.id });
  }

  // Links to tables that are folded, and paper: what is folded opens.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    const fold = target && target.closest("details");
    if (fold) fold.open = true;
  });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.folded:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => opened.forEach((fold) => (fold.open = false)));
})();
