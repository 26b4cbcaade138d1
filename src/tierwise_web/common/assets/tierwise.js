/* Small conveniences; every page works without them. */
(() => {
  const typing = (target) =>
    target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target.tagName === "INPUT" && !/^(checkbox|radio|button|submit|range)$/.test(target.type));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const search = document.getElementById("search");
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (search && (slash || chord)) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.who[open], details.filter[open]").forEach((open) => {
        open.open = false;
        if (open.contains(document.activeElement)) open.querySelector("summary").focus();
      });
    }
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.who[open], details.filter[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
  });
})();
/* What was refused is where the reader goes on, also in a browser that minds the attribute on fields alone. */
document.querySelector(".refused")?.focus();
/* What somebody types stays in this tab until it is saved: over a change of language, and over an end of the session. */
(() => {
  const forms = [...document.querySelectorAll("form[data-keep]")];
  const key = (form) => `kept:${form.dataset.keep}:${form.dataset.keepAs || location.pathname}`;
  const fields = (form) =>
    [...form.elements].filter((e) => e.name && e.name !== "csrfmiddlewaretoken" && !/^(submit|button|file|password)$/.test(e.type));
  const store = {
    get: (name) => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    set: (name, value) => { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* full or forbidden: nothing is kept */ } },
    names: () => { try { return Object.keys(sessionStorage).filter((name) => name.startsWith("kept:")); } catch { return []; } },
    drop: (name) => { try { sessionStorage.removeItem(name); } catch { /* see above */ } },
  };
  const values = (form) =>
    fields(form).map((e) => [e.name, /^(checkbox|radio)$/.test(e.type) ? [e.value, e.checked] : e.value]);
  const put = (form, kept) => {
    for (const e of fields(form)) {
      const found = kept.filter(([name, value]) => name === e.name && (!Array.isArray(value) || value[0] === e.value))[0];
      if (!found) continue;
      if (Array.isArray(found[1])) e.checked = found[1][1];
      else e.value = found[1];
    }
  };
  const unsaved = document.querySelector("[data-unsaved]"), watched = new WeakSet();
  // who comes back after the server gave no answer finds what was typed; any other way from a form that was sent led here
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const watch = (form) => {
    if (watched.has(form)) return;
    watched.add(form);
    const name = key(form);
    const kept = store.get(name);
    if (!kept) return;
    if (form.hasAttribute("data-returned")) { store.set(name, { values: values(form) }); return; }
    if (kept.sent && !unsaved && !cameBack) { store.drop(name); return; }
    put(form, kept.values);
    const note = document.createElement("p");
    note.className = "kept";
    note.setAttribute("role", "status");
    const zh = document.documentElement.lang.startsWith("zh");
    note.append(zh ? "已恢复您尚未保存的内容。" : "What you had typed and not saved is here again.");
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "tool";
    drop.append(zh ? "放弃" : "Discard it");
    drop.addEventListener("click", () => { store.drop(name); location.reload(); });
    note.append(drop);
    form.prepend(note);
  };
  forms.forEach(watch);
  // the list and its rows come into the page later, and a field may stand outside the form that it belongs to
  const kept = (form) => (form?.matches?.("form[data-keep]") ? form : null);
  document.addEventListener("focusin", (event) => { if (kept(event.target.form)) watch(event.target.form); });
  document.addEventListener("input", (event) => {
    const form = kept(event.target.form);
    if (form) store.set(key(form), { values: values(form) });
  });
  document.addEventListener("submit", (event) => {
    const form = kept(event.target);
    if (form && !event.defaultPrevented) store.set(key(form), { values: values(form), sent: true });
  });
  // what was sent and did not come back with its form is saved; a sign-in page or a refusal says that it is not
  const here = forms.map(key);
  for (const name of store.names()) {
    const found = store.get(name);
    if (!found?.sent || here.includes(name)) continue;
    if (unsaved) store.set(name, { values: found.values });
    else store.drop(name);
  }
  if (store.names().length) unsaved?.querySelectorAll("[data-typed]").forEach((words) => { words.hidden = false; });
  document.querySelectorAll("form[action$='/sign-out']").forEach((form) =>
    form.addEventListener("submit", () => store.names().forEach(store.drop)));
})();
/* A choice of language or theme leads back to what stands in the address now, filters that came later with it. */
document.addEventListener("submit", (event) => {
  const next = event.target.matches("form[action$='/language'], form[action$='/theme']") && event.target.elements.next;
  if (next) next.value = location.pathname + location.search;
});
/* The second click of a double click sends nothing. */
(() => {
  const BREATH = 1000, sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (Date.now() - (sent.get(event.target) ?? -BREATH) < BREATH) event.preventDefault();
    else sent.set(event.target, Date.now());
  }, true);
})();
/* A part of a page that could not be had is told, and what stands there stays. */
(() => {
  let leaving = false;
  const gone = () => document.getElementById("trouble")?.remove();
  const tell = (en, zh) => {
    if (leaving) return;
    gone();
    const chinese = document.documentElement.lang.startsWith("zh");
    const bar = document.createElement("div"), again = document.createElement("button");
    bar.id = "trouble";
    bar.setAttribute("role", "alert");
    again.type = "button";
    again.className = "tool";
    again.append(chinese ? "重新加载页面" : "Load the page again");
    again.addEventListener("click", () => location.reload());
    bar.append(chinese ? zh : en, again);
    document.getElementById("main").append(bar);
  };
  const away = () => tell("The server gave no answer. What you see is from before.", "服务器没有响应，当前显示的是之前的内容。");
  document.addEventListener("htmx:error", away);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) away();
    else tell("This is there no more, or not yours to see any more. What you see is from before.",
      "该内容已不存在，或您已无权查看；当前显示的是之前的内容。");
  });
  document.addEventListener("htmx:after:swap", gone);
  addEventListener("beforeunload", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; gone(); });
})();
/* How many rows are ticked; one box ticks the page. The list is replaced as a whole, so the document listens. */
(() => {
  const boxes = () => [...document.querySelectorAll("input[form=chosen][name=code]")];
  const told = () => {
    const form = document.querySelector("form[data-chosen]");
    if (!form) return;
    const all = Boolean(form.querySelector("[name=all]")?.checked), n = boxes().filter((box) => box.checked).length;
    const zh = document.documentElement.lang.startsWith("zh");
    form.querySelector("[data-count]").textContent = all || !n ? "" : zh ? `已选 ${n} 个` : `${n} chosen`;
    form.querySelector("[data-all]").checked = n > 0 && n === boxes().length;
    boxes().forEach((box) => { box.disabled = all; });
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-all], [form=chosen][name=code], [data-chosen] [name=all]")) told();
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-close-row]")) event.target.closest("tr.here").remove();
  });
  window.addEventListener("pageshow", told);
})();
/* A link to a place that is folded away opens it; not every browser does so by itself. */
(() => {
  const unfold = () => {
    const place = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (!place || !place.closest("details")) return;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place.scrollIntoView({ block: "nearest" });
    if (place.tabIndex >= 0) place.focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", unfold);
  // the same link once more changes no address
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) unfold();
  });
  unfold();
})();
/* On a narrow screen the strip of areas begins where one is. */
(() => {
  const strip = document.querySelector(".areas"), here = strip?.querySelector(".here");
  if (here && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
})();
