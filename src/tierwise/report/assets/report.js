"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("payload").textContent);
  const query = new URLSearchParams(location.search);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const charts = new Map();
  let measure = "sales";
  let printing = false;

  const kept = {
    get(key) { try { return localStorage.getItem("tierwise." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("tierwise." + key, value); } catch { /* private window */ } },
  };
  const one = (value, allowed) => (allowed.includes(value) ? value : null);
  const lang = () => root.dataset.lang;
  const say = (key) => data.labels[key][lang() === "zh" ? 1 : 0];
  const token = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();

  function setLang(value) {
    root.dataset.lang = value;
    root.lang = value === "zh" ? "zh-Hans" : "en";
    document.title = say("title");
    for (const el of document.querySelectorAll("[data-label]")) el.setAttribute("aria-label", say(el.dataset.label));
    const find = document.getElementById("find");
    if (find) { find.placeholder = say("find"); search(); }
    for (const el of document.querySelectorAll("[data-chart]")) {
      el.setAttribute("aria-label", el.parentElement.querySelector("figcaption ." + value)?.textContent || el.dataset.chart);
    }
    draw();
  }
  function setTheme(value) { root.dataset.theme = value; draw(); }

  // Numbers: thousands everywhere, 万 and 亿 in Chinese, k, m and bn in English.
  const plain = (n) => Math.round(n).toLocaleString("en-US").replace("-", "−");
  function brief(n) {
    const units = lang() === "zh" ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
    for (const [size, name] of units) {
      if (Math.abs(n) >= size) return (n / size).toFixed(Math.abs(n / size) < 10 && n % size ? 1 : 0).replace("-", "−") + name;
    }
    return plain(n);
  }

  // A percentage as its language writes it: 5.3 % in English, 5.3% in Chinese.
  const percent = (n) => `${n}${lang() === "zh" ? "%" : " %"}`.replace("-", "−");

  const colourOf = (grade) => token({ A: "a", B: "b", C: "c" }[grade] || "n");
  function base() {
    const ink = token("ink"), soft = token("soft"), line = token("line");
    const axis = {
      axisLine: { lineStyle: { color: line } }, axisTick: { show: false },
      axisLabel: { color: soft, fontSize: 11 }, nameTextStyle: { color: soft, fontSize: 11 },
      splitLine: { lineStyle: { color: token("hair") } },
    };
    return {
      axis, ink, soft, line,
      option: {
        animation: !calm && !printing, animationDuration: 350, animationDurationUpdate: 200,
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
        grid: { left: 4, right: 12, top: 28, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
        tooltip: {
          renderMode: "richText", confine: true, backgroundColor: token("card"), borderColor: line, borderWidth: 1,
          textStyle: { color: ink, fontSize: 12 }, padding: [6, 10],
        },
        legend: { textStyle: { color: soft, fontSize: 11 }, itemWidth: 10, itemHeight: 10, itemGap: 12, top: 0, left: 0, icon: "roundRect", selectedMode: false },
      },
    };
  }

  function curve(which, colour) {
    const b = base(), c = data.charts[which], high = Math.max(100, ...c.points.map((p) => p[1] ?? 0)), step = high > 140 ? 40 : 20;
    const lines = which === "whale"
      ? [{ yAxis: 100 }]
      : c.cuts.map(([grade, at]) => ({ xAxis: at, label: { formatter: grade, color: colourOf(grade), fontWeight: 700, distance: 2 }, lineStyle: { color: colourOf(grade) } }));
    const peak = [{ coord: [c.peak[0], c.peak[1]], value: percent(Math.round(c.peak[1] ?? 0)) }];
    return {
      ...b.option,
      tooltip: {
        ...b.option.tooltip, trigger: "axis", axisPointer: { lineStyle: { color: b.soft } },
        formatter: (found) => {
          const p = found[0].data;
          return `${say("customers")}  ${plain(p[2])} (${percent(p[0])})\n${say("cumulative")}  ${brief(p[3])} (${percent(p[1])})`;
        },
      },
      grid: { ...b.option.grid, top: 34, right: 18, bottom: 22 },
      xAxis: { ...b.axis, type: "value", min: 0, max: 100, name: say(which + "_x"), nameLocation: "middle", nameGap: 24, splitLine: { show: false } },
      yAxis: { ...b.axis, type: "value", min: 0, interval: step, max: which === "whale" ? Math.ceil(high / step) * step : 100, name: say(which + "_y"), nameLocation: "end", nameTextStyle: { ...b.axis.nameTextStyle, align: "left" } },
      series: [{
        type: "line", data: c.points, showSymbol: false, symbolSize: 7, lineStyle: { width: 2, color: colour },
        itemStyle: { color: colour }, areaStyle: { color: colour, opacity: 0.1 },
        markLine: { symbol: "none", silent: true, lineStyle: { type: [4, 3], color: b.soft, width: 1 }, label: { show: which !== "whale", color: b.soft, fontSize: 11 }, data: lines },
        ...(which === "whale" ? { markPoint: { symbol: "circle", symbolSize: 8, itemStyle: { color: colour }, label: { position: "top", distance: 7, color: b.ink, fontSize: 13, fontWeight: 700 }, data: peak } } : {}),
      }],
    };
  }

  const short = (iso) => iso.slice(2, 7).replace("-", "/");
  function history() {
    const b = base(), h = data.charts.history, rows = h[measure];
    const keys = Object.keys(rows).filter((k) => k !== "-");
    return {
      ...b.option,
      tooltip: {
        ...b.option.tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: b.line, opacity: 0.35 } },
        formatter: (found) => [h.months[found[0].dataIndex], ...found.map((f) => `${f.seriesName}  ${measure === "customers" ? plain(f.value) : brief(f.value)}`)].join("\n"),
      },
      xAxis: { ...b.axis, type: "category", data: h.months.map(short) },
      yAxis: { ...b.axis, type: "value", axisLabel: { ...b.axis.axisLabel, formatter: measure === "customers" ? plain : brief } },
      series: [...keys].reverse().map((key) => ({
        type: "bar", stack: "all", name: key, data: rows[key], barCategoryGap: "28%", itemStyle: { color: colourOf(key) },
        emphasis: { disabled: true },
      })),
      legend: { ...b.option.legend, data: keys },
    };
  }
  function moves() {
    const b = base(), h = data.charts.history, m = h.moves;
    const narrow = document.querySelector("[data-chart=moves]").clientWidth < 420;
    const parts = [["up", 1, "good", 1], ["new", 1, "good", 0.45], ["down", -1, "bad", 1], ["left", -1, "bad", 0.45]];
    return {
      ...b.option,
      tooltip: {
        ...b.option.tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: b.line, opacity: 0.35 } },
        formatter: (found) => [h.months[found[0].dataIndex], ...found.map((f) => `${f.seriesName}  ${Math.abs(f.value)}`)].join("\n"),
      },
      grid: { ...b.option.grid, top: narrow ? 46 : 28 },
      xAxis: { ...b.axis, type: "category", data: h.months.map(short) },
      yAxis: { ...b.axis, type: "value", splitNumber: 3, axisLabel: { ...b.axis.axisLabel, formatter: (n) => String(Math.abs(n)) } },
      series: parts.map(([key, sign, colour, opacity]) => ({
        type: "bar", stack: "all", name: say(key), data: m[key].map((n, i) => (i ? sign * n : null)), barCategoryGap: "28%",
        itemStyle: { color: token(colour), opacity }, emphasis: { disabled: true },
      })),
    };
  }
  function credit() {
    const b = base(), rows = data.charts.credit, grades = Object.keys(rows);
    const names = ["excellent", "good", "fair", "poor", "unrated"];
    const colours = [token("s1"), token("s2"), token("s3"), token("s4"), token("line")];
    const share = (grade, i) => (100 * rows[grade][i]) / Math.max(1, rows[grade].reduce((x, y) => x + y, 0));
    return {
      ...b.option,
      tooltip: { ...b.option.tooltip, formatter: (f) => `${f.name} · ${f.seriesName}\n${plain(rows[f.name][f.seriesIndex])}  (${percent(f.value.toFixed(1))})` },
      grid: { ...b.option.grid, bottom: 0, top: 30 },
      xAxis: { ...b.axis, type: "value", max: 100, axisLabel: { ...b.axis.axisLabel, formatter: percent } },
      yAxis: { ...b.axis, type: "category", data: grades, inverse: true, axisLabel: { color: b.ink, fontWeight: 700, fontSize: 12 } },
      series: names.map((name, i) => ({
        type: "bar", stack: "all", name: say(name), barWidth: "58%", data: grades.map((g) => share(g, i)), itemStyle: { color: colours[i] },
        emphasis: { disabled: true },
        label: { show: i < 4, fontSize: 11, color: i === 0 || i === 3 ? token("on") : b.ink, formatter: (f) => (f.value >= 5 ? percent(f.value.toFixed(0)) : "") },
      })),
    };
  }
  function rfm() {
    const b = base(), cells = data.charts.rfm, most = Math.max(...cells.map((c) => c[2]), 1);
    const scores = ["1", "2", "3", "4", "5"];
    return {
      ...b.option,
      tooltip: { ...b.option.tooltip, formatter: (f) => `${say("rfm_r")} ${f.data.value[1] + 1} · ${say("rfm_f")} ${f.data.value[0] + 1}\n${say("customers")}  ${plain(f.data.value[2])}` },
      grid: { ...b.option.grid, top: 6, right: 4, bottom: 20, left: 20 },
      xAxis: { ...b.axis, type: "category", data: scores, name: say("rfm_f"), nameLocation: "middle", nameGap: 22, splitLine: { show: false }, axisLine: { show: false } },
      yAxis: { ...b.axis, type: "category", data: scores, name: say("rfm_r"), nameLocation: "middle", nameGap: 18, splitLine: { show: false }, axisLine: { show: false } },
      visualMap: { show: false, min: 0, max: Math.sqrt(most), dimension: 3, inRange: { color: [token("hair"), token("accent")] } },
      series: [{
        type: "heatmap", itemStyle: { borderColor: token("card"), borderWidth: 3, borderRadius: 5 }, emphasis: { disabled: true },
        data: cells.map(([r, f, n]) => ({ value: [f - 1, r - 1, n, Math.sqrt(n)], label: { color: Math.sqrt(n) > 0.62 * Math.sqrt(most) ? token("on") : b.ink } })),
        label: { show: true, fontSize: 12, formatter: (f) => plain(f.data.value[2]) },
      }],
    };
  }
  // Lying bars, one group a category; the report of a day draws all its comparisons with them.
  function bars(name) {
    const b = base(), c = data.charts[name], word = (pair) => pair[lang() === "zh" ? 1 : 0];
    const show = { pct: (n) => percent(n.toFixed(1)), money: brief, hours: (n) => n.toFixed(1) }[c.unit];
    const width = document.querySelector(`[data-chart="${name}"]`).clientWidth;
    return {
      ...b.option,
      tooltip: { ...b.option.tooltip, formatter: (f) => `${f.name} · ${f.seriesName}\n${show(c.series[f.seriesIndex].values[f.dataIndex])}` },
      grid: { ...b.option.grid, top: c.series.length > 2 && width < 340 ? 46 : 28, right: c.stacked ? 14 : 48, bottom: 0 },
      xAxis: { ...b.axis, type: "value", ...(c.stacked ? { max: 100 } : {}), splitNumber: width < 420 ? 3 : 5, axisLabel: { ...b.axis.axisLabel, formatter: (n) => (c.unit === "pct" ? percent(n) : show(n)) } },
      yAxis: { ...b.axis, type: "category", data: c.categories.map(word), inverse: true, axisLabel: { color: b.ink, fontSize: 12, fontWeight: c.grades ? 700 : 400 } },
      series: c.series.map((s) => ({
        type: "bar", name: word(s.title), data: s.values, ...(c.stacked ? { stack: "all", barWidth: "58%" } : { barGap: "12%", barCategoryGap: "30%" }),
        itemStyle: { color: token(s.tone) }, emphasis: { disabled: true },
        label: {
          show: true, fontSize: 11, position: c.stacked ? "inside" : "right", color: c.stacked ? token(s.tone === "s1" ? "on" : "ink") : b.soft,
          formatter: (f) => (f.value === null || (c.stacked && f.value < 7) ? "" : show(f.value)),
        },
      })),
    };
  }
  // Lines over a scale of percents: what each order catches. Chance is dashed; foresight is the ceiling.
  function gains(name) {
    const b = base(), c = data.charts[name], word = (pair) => pair[lang() === "zh" ? 1 : 0];
    const narrow = document.querySelector(`[data-chart="${name}"]`).clientWidth < 560;
    const high = Math.max(100, ...c.series.flatMap((s) => s.values.map((v) => v ?? 0)));
    return {
      ...b.option,
      tooltip: {
        ...b.option.tooltip, trigger: "axis", axisPointer: { lineStyle: { color: b.soft } },
        formatter: (found) => [`${word(c.lines.x)}  ${percent(found[0].data[0])}`, ...found.map((f) => `${f.seriesName}  ${percent(f.data[1].toFixed(1))}`)].join("\n"),
      },
      legend: { ...b.option.legend, itemWidth: 16, itemHeight: 3 },
      grid: { ...b.option.grid, top: narrow ? 64 : 56, right: 18, bottom: 22 },
      xAxis: { ...b.axis, type: "value", min: 0, max: 100, name: word(c.lines.x), nameLocation: "middle", nameGap: 24, splitLine: { show: false } },
      yAxis: { ...b.axis, type: "value", min: 0, max: Math.ceil(high / 20) * 20, interval: 20, name: narrow ? "" : word(c.lines.y), nameLocation: "end", nameTextStyle: { ...b.axis.nameTextStyle, align: "left" } },
      series: c.series.map((s) => ({
        type: "line", name: word(s.title), data: [[0, 0], ...s.values.map((v, i) => [c.lines.at[i], v])], showSymbol: false, symbolSize: 6,
        itemStyle: { color: token(s.tone) }, emphasis: { disabled: true }, z: s.tone === "accent" ? 3 : 2,
        lineStyle: { width: s.tone === "accent" ? 3 : 1.8, color: token(s.tone), ...(s.tone === "soft" ? { type: [3, 4] } : s.tone === "good" ? { type: [7, 4] } : {}) },
      })),
    };
  }
  const options = {
    whale: () => curve("whale", token("accent")), pareto: () => curve("pareto", token("accent")), history, moves, credit, rfm,
  };

  function draw() {
    for (const el of document.querySelectorAll("[data-chart]")) {
      let chart = charts.get(el);
      if (!chart) {
        chart = echarts.init(el, null, { renderer: "svg" });
        charts.set(el, chart);
        new ResizeObserver(() => { if (!printing) chart.resize(); }).observe(el);
      }
      const name = el.dataset.chart;
      chart.setOption((options[name] || (data.charts[name].lines ? gains : bars))(name), { notMerge: true });
    }
  }

  // The customer list: the first twenty stand in the page; a search or a grade shows others.
  const body = document.querySelector(".list tbody");
  const first = body ? [...body.children] : [];
  const rows = data.people;
  const node = (name, cls, text) => { const el = document.createElement(name); if (cls) el.className = cls; if (text !== undefined) el.textContent = text; return el; };
  function sparkOf(values) {
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), top = Math.max(...values, 1), low = Math.min(...values, top * 0.75);
    const at = values.map((v, i) => [2 + (80 * i) / Math.max(values.length - 1, 1), 17 - (14 * (v - low)) / (top - low)]);
    svg.setAttribute("class", "spark"); svg.setAttribute("viewBox", "0 0 84 20"); svg.setAttribute("width", "84"); svg.setAttribute("height", "20"); svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(ns, "polyline"); line.setAttribute("points", at.map((p) => p.join(",")).join(" "));
    svg.append(line);
    return svg;
  }
  function lineOf(p) {
    const [rank, code, name, grade, sales, trail, profit, margin, creditScore, segment, region, industry, flags] = p;
    const tr = node("tr"), cell = (cls, ...parts) => { const td = node("td", cls); td.append(...parts); tr.append(td); };
    const who = node("span", "who"); const named = node("span", "name", name); named.lang = "zh-Hans"; who.append(named, node("small", "", code));
    const word = (value) => (lang() === "zh" ? value : data.words[value] || value) || "–";
    cell("r", plain(rank)); cell("l", who); cell("l", node("span", "g g-" + grade.toLowerCase(), grade)); cell("r", sales); cell("l", sparkOf(trail));
    cell("r", node("span", profit.startsWith("−") ? "loss" : "", profit)); cell("r", margin); cell("r", creditScore);
    cell("l", node("span", "soft", segment ? data.segments[segment][lang() === "zh" ? 1 : 0] : "–")); cell("l", word(region)); cell("l", word(industry));
    const marks = flags.map((f) => node("span", "mark " + f, data.labels["flag_" + f] ? say("flag_" + f) : f));
    cell("l", ...marks.flatMap((m) => [m, " "]));
    return tr;
  }
  function search() {
    const text = document.getElementById("find").value.trim().toLowerCase();
    const grades = [...document.querySelectorAll(".chips [aria-pressed=true]")].map((b) => b.dataset.grade);
    const out = document.getElementById("found");
    if (!text && !grades.length) { body.replaceChildren(...first); out.textContent = ""; return; }
    const hits = rows.filter((p) => (!text || p[1].toLowerCase().includes(text) || p[2].toLowerCase().includes(text)) && (!grades.length || grades.includes(p[3])));
    body.replaceChildren(...hits.slice(0, 100).map(lineOf));
    out.textContent = say("found").replace("{count}", hits.length > 100 ? "100 / " + plain(hits.length) : plain(hits.length));
  }

  document.getElementById("lang").addEventListener("click", () => { const next = lang() === "zh" ? "en" : "zh"; kept.set("lang", next); setLang(next); });
  document.getElementById("theme").addEventListener("click", () => { const next = root.dataset.theme === "dark" ? "light" : "dark"; kept.set("theme", next); setTheme(next); });
  document.getElementById("print").addEventListener("click", () => window.print());
  document.getElementById("find")?.addEventListener("input", (event) => { if (!event.isComposing) search(); });
  document.getElementById("find")?.addEventListener("compositionend", search);
  for (const button of document.querySelectorAll(".chips button")) button.addEventListener("click", () => { button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"); search(); });
  for (const button of document.querySelectorAll("[data-measure]")) button.addEventListener("click", () => {
    measure = button.dataset.measure;
    for (const other of document.querySelectorAll("[data-measure]")) other.setAttribute("aria-pressed", other === button);
    draw();
  });
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme; printing = true; setTheme("light");
    for (const [el, chart] of charts) {
      chart.getZr().flush(); // now: paper does not wait for the next frame
      const svg = el.querySelector("svg");
      svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    }
  });
  addEventListener("afterprint", () => {
    printing = false; setTheme(before);
    for (const [el, chart] of charts) { el.querySelector("svg").removeAttribute("viewBox"); chart.resize(); }
  });

  root.dataset.theme = one(query.get("theme"), ["light", "dark"]) || one(kept.get("theme"), ["light", "dark"]) || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  setLang(one(query.get("lang"), ["zh", "en"]) || one(kept.get("lang"), ["zh", "en"]) || data.lang || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
})();
