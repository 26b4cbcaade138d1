/* One builder of chart options: from what a page says (data-chart) to what the drawing library draws.
   Nothing is computed or worded here; ``option`` knows no page, so that paper can use it as well. */
(() => {
  const root = document.documentElement;
  const token = (name) => getComputedStyle(root).getPropertyValue("--tw-" + name).trim();
  const look = () => ({
    text: token("text"), muted: token("muted"), line: token("line"), card: token("card"), accent: token("accent"), hover: token("hover"),
    font: getComputedStyle(document.body).fontFamily,
    calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
    tone: (name) => ({
      A: token("grade-a"), B: token("grade-b"), C: token("grade-c"), other: token("grade-other"), none: token("grade-none"),
      good: token("good"), wrong: token("wrong"), accent: token("accent"),
    })[name] || token("muted"),
  });

  const base = (l) => ({
    animation: !l.calm, animationDuration: 300, animationDurationUpdate: 200,
    textStyle: { fontFamily: l.font, color: l.text },
    // drawn, not made of elements: a tooltip of elements would need styles that the policy of the pages refuses
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: l.card, borderColor: l.line, padding: [7, 10],
      textStyle: { color: l.text, fontSize: 12, lineHeight: 18, fontFamily: l.font }, formatter: (at) => at.data && at.data.tip || "",
    },
    grid: { left: 4, right: 8, top: 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
    aria: { enabled: false },
  });
  const axis = (l) => ({
    axisLine: { lineStyle: { color: l.line } }, axisTick: { show: false }, axisLabel: { color: l.muted, fontSize: 11 },
    nameTextStyle: { color: l.muted, fontSize: 11 }, splitLine: { lineStyle: { color: l.line, opacity: .6 } },
  });

  const builders = {
    pyramid(d, l) {
      const most = Math.max(...d.levels.map((v) => v.value), 1);
      const names = d.levels.map((v) => v.name);
      return {
        ...base(l), grid: { left: 26, right: 62, top: 2, bottom: 2, outerBoundsMode: "none" },
        xAxis: { type: "value", show: false, min: 0, max: most },
        yAxis: [
          { ...axis(l), type: "category", inverse: true, data: names, axisLine: { show: false }, axisLabel: { color: l.text, fontWeight: 700, fontSize: 12 } },
          { ...axis(l), type: "category", inverse: true, position: "right", data: d.levels.map((v) => v.label), axisLine: { show: false }, axisLabel: { color: l.text, fontSize: 12 } },
        ],
        series: [
          { type: "bar", stack: "all", silent: true, tooltip: { show: false }, itemStyle: { color: "transparent" }, data: d.levels.map((v) => (most - v.value) / 2), barCategoryGap: "14%" },
          { type: "bar", stack: "all", data: d.levels.map((v) => ({ ...v, itemStyle: { color: l.tone(v.tone), borderRadius: 2 } })), barMinHeight: 2, emphasis: { itemStyle: { opacity: .85 } } },
        ],
      };
    },
    curve(d, l) {
      const high = Math.max(100, ...d.points.map((p) => p[1] ?? 0)), low = Math.min(0, ...d.points.map((p) => p[1] ?? 0));
      const step = high - low > 240 ? 100 : high - low > 120 ? 40 : 20;
      const marks = d.whale ? [{ yAxis: 100 }] : (d.cuts || []).map(([name, x, tone]) => ({ xAxis: x, label: { formatter: name, color: l.tone(tone), fontWeight: 700 } }));
      return {
        ...base(l), grid: { ...base(l).grid, top: 8, right: 14, bottom: 4 },
        tooltip: { ...base(l).tooltip, trigger: "axis", axisPointer: { lineStyle: { color: l.muted } },
          formatter: ([f]) => { const p = f.data; return d.head.replace("{n}", p[2]).replace("{amount}", p[3]) + `\n${d.x.replace(/[,，] ?%$/, "")}  ${p[0].toFixed(1)} %\n${d.y.replace(/[,，] ?%$/, "")}  ${p[1].toFixed(1)} %`; } },
        xAxis: { ...axis(l), type: "value", min: 0, max: 100, name: d.x, nameLocation: "middle", nameGap: 24, splitLine: { show: false } },
        yAxis: { ...axis(l), type: "value", min: Math.floor(low / step) * step, max: Math.ceil((high + (d.whale ? step / 4 : 0)) / step) * step, interval: step, name: d.y, nameLocation: "end", nameGap: d.whale ? 10 : 22, nameTextStyle: { ...axis(l).nameTextStyle, align: "left" } },
        series: [{
          type: "line", data: d.points, showSymbol: false, symbolSize: 7, itemStyle: { color: l.accent }, lineStyle: { width: 2, color: l.accent }, areaStyle: { color: l.accent, opacity: .1 },
          markLine: { symbol: "none", silent: true, animation: false, lineStyle: { type: [4, 3], color: l.muted, width: 1 }, label: { show: !d.whale, color: l.muted, fontSize: 11 }, data: marks },
          ...(d.peak ? { markPoint: { symbol: "circle", symbolSize: 8, silent: true, itemStyle: { color: l.accent }, label: { position: "top", distance: 6, color: l.text, fontSize: 12, fontWeight: 700, formatter: d.peak[2] }, data: [{ coord: [d.peak[0], d.peak[1]] }] } } : {}),
        }],
      };
    },
    sankey(d, l, width) {
      const room = Math.max(64, Math.max(...d.nodes.map((n) => n.label.length)) * 8.5);
      return {
        ...base(l),
        series: [{
          type: "sankey", left: room, right: room, top: 6, bottom: 6, nodeWidth: 14, nodeGap: width < 420 ? 8 : 12, layoutIterations: 0, draggable: false, emphasis: { focus: "adjacency" },
          nodes: d.nodes.map((n) => ({ ...n, itemStyle: { color: l.tone(n.tone), borderWidth: 0 }, label: { position: n.depth ? "right" : "left", color: l.text, fontSize: 12, formatter: n.label } })),
          links: d.links.map((k) => ({ ...k, lineStyle: { color: l.tone(k.tone), opacity: .35, curveness: .5 } })),
        }],
      };
    },
    stack(d, l) {
      return {
        ...base(l), grid: { ...base(l).grid, top: 30 },
        legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: l.text, fontWeight: 700 }, data: d.series.map((s) => s.name), selectedMode: false },
        tooltip: { ...base(l).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: l.line, opacity: .3 } },
          formatter: (found) => [d.months[found[0].dataIndex], ...found.map((f) => `${f.seriesName}  ${d.series.find((s) => s.name === f.seriesName).tips[f.dataIndex]}`).reverse()].join("\n") },
        xAxis: { ...axis(l), type: "category", data: d.months, axisLabel: { ...axis(l).axisLabel, hideOverlap: true } },
        yAxis: { ...axis(l), type: "value", splitNumber: 4 },
        series: [...d.series].reverse().map((s, at) => ({
          type: "bar", stack: "all", name: s.name, barCategoryGap: "26%", itemStyle: { color: l.tone(s.tone) }, emphasis: { disabled: true },
          data: s.values.map((value, i) => ({ value, ...(i === s.values.length - 1 ? { url: s.url } : {}) })),
          ...(at === 0 && d.marks.length ? { markLine: { symbol: "none", silent: true, animation: false, lineStyle: { type: [4, 3], color: l.muted }, label: { color: l.muted, fontSize: 11 }, data: d.marks.map(([x, name]) => ({ xAxis: x, label: { formatter: name } })) } } : {}),
        })),
      };
    },
    waterfall(d, l) {
      const low = Math.min(0, ...d.steps.map((s) => Math.min(s.from, s.to))), high = Math.max(0, ...d.steps.map((s) => Math.max(s.from, s.to)));
      const labels = d.steps.map((s) => s.label);
      return {
        ...base(l), grid: { ...base(l).grid, top: 2, bottom: 2, right: 4 },
        xAxis: { type: "value", show: false, min: low, max: high || 1 },
        yAxis: [
          { ...axis(l), type: "category", inverse: true, data: d.steps.map((s) => s.name), axisLine: { show: false }, axisLabel: { color: l.text, fontSize: 12, width: 150, overflow: "break" } },
          { ...axis(l), type: "category", inverse: true, position: "right", data: labels, axisLine: { show: false }, axisLabel: { color: l.text, fontSize: 12 } },
        ],
        series: [{
          type: "custom", clip: true, encode: { x: [1, 2], y: 0 },
          data: d.steps.map((s, at) => ({ value: [at, s.from, s.to], tip: s.tip, url: s.url, itemStyle: { color: l.tone(s.tone) } })),
          renderItem(params, api) {
            const at = api.value(0), [x1, y] = api.coord([api.value(1), at]), [x2] = api.coord([api.value(2), at]), high = Math.min(20, api.size([0, 1])[1] * .62);
            const shape = { x: Math.min(x1, x2), y: y - high / 2, width: Math.max(2, Math.abs(x2 - x1)), height: high, r: 2 };
            return { type: "rect", shape, style: { fill: l.tone(d.steps[params.dataIndex].tone) } };
          },
        }],
      };
    },
    trail(d, l) {
      const numbers = d.points.map((p) => p.value).filter((v) => v !== null);
      return {
        ...base(l), grid: { ...base(l).grid, top: d.marks.length ? 22 : 8, right: d.cuts.length ? 26 : 16 },
        tooltip: { ...base(l).tooltip, trigger: "axis", axisPointer: { lineStyle: { color: l.muted } }, formatter: ([f]) => f.data.tip },
        xAxis: { ...axis(l), type: "category", data: d.points.map((p) => p.month), boundaryGap: true, axisLabel: { ...axis(l).axisLabel, hideOverlap: true } },
        yAxis: { ...axis(l), type: "value", show: numbers.length > 0, splitNumber: 3, boundaryGap: [0, "14%"], name: d.y, nameLocation: "end", nameTextStyle: { ...axis(l).nameTextStyle, align: "left" }, axisLabel: { ...axis(l).axisLabel, formatter: (v) => brief(v, d.units) } },
        series: [{
          type: "line", data: d.points, connectNulls: false, symbol: "circle", symbolSize: 9, lineStyle: { width: 2, color: l.muted },
          label: { show: true, position: "top", distance: 7, fontWeight: 700, fontSize: 12, color: l.text, formatter: (f) => f.data.grade },
          markLine: { symbol: "none", silent: true, animation: false, lineStyle: { type: [4, 3], color: l.muted }, label: { color: l.muted, fontSize: 11 },
            data: [...d.marks.map(([x, name]) => ({ xAxis: x, label: { formatter: name } })), ...d.cuts.map(([y, name]) => [{ coord: [Math.max(0, d.points.length - 2), y], label: { formatter: name, position: "end" } }, { coord: [d.points.length - 1, y] }])] },
        }].map((s) => ({ ...s, data: d.points.map((p) => ({ ...p, itemStyle: { color: l.tone(p.tone), borderColor: l.card, borderWidth: 1 } })) })),
      };
    },
  };
  const brief = (n, units) => {
    for (const [size, name] of units) if (Math.abs(n) >= size) return (n / size).toLocaleString("en-US", { maximumFractionDigits: 1 }) + name;
    return n.toLocaleString("en-US");
  };
  const option = (data, l, width) => builders[data.kind](data, l, width);

  const shown = new Map();
  function draw(place) {
    const data = JSON.parse(place.dataset.chart);
    let chart = shown.get(place);
    if (!chart) {
      chart = echarts.init(place, null, { renderer: "svg" });
      shown.set(place, chart);
      new ResizeObserver(() => chart.resize()).observe(place);
      chart.on("click", (at) => { const to = at.data && at.data.url || data.url; if (to) location.assign(to); });
      if (data.url) {
        chart.getZr().on("click", (event) => { if (!event.target && chart.containPixel("grid", [event.offsetX, event.offsetY])) location.assign(data.url); });
        chart.getZr().on("mousemove", () => chart.getZr().setCursorStyle("pointer"));
      }
    }
    chart.setOption(option(data, look(), place.clientWidth), { notMerge: true });
  }
  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(drawAll));
  drawAll();
})();
