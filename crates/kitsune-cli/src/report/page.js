(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const count = (number) => number.toLocaleString("en-US");
  const digits = (number) => (Number.isInteger(number) ? count(number) : Number(number.toPrecision(4)).toString());

  // Sorts, filters and pages the flagged rows.
  const table = byId("flagged-table");
  if (table) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells].filter((head) => head.querySelector("button"));
    // Numbers are found with their thousands set apart and without.
    const textOf = (line) => [...line.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
    const rows = [...body.rows].map((line) => ({ line, text: `${textOf(line)} ${textOf(line).replaceAll(",", "")}` }));
    const filter = byId("filter");
    const label = byId("label-filter");
    const STEP = 25;
    let most = STEP;

    const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = ({ text }, words) => words.every((word) => text.includes(word));

    const show = () => {
      const words = wordsOf(filter.value);
      let matching = 0;
      for (const row of rows) {
        const { line } = row;
        const fits = matches(row, words) && (!label?.value || line.dataset.label === label.value);
        matching += fits;
        line.hidden = !fits || matching > most;
      }
      const shown = Math.min(matching, most);
      const of = matching === rows.length ? "" : `, ${count(rows.length)} without the filter`;
      byId("status").textContent = matching ? `${count(shown)} of ${count(matching)} rows${of}` : "No row matches the filter.";
      byId("paging").hidden = shown === matching;
    };

    const keyOf = (line, column) => line.cells[column].dataset.value ?? line.cells[column].textContent;
    const sort = (head) => {
      const column = head.cellIndex;
      // Numbers are most of interest from the largest down, but row numbers and names from the start.
      const first = head.classList.contains("number") && column > 0 ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      for (const row of rows) row.key = keyOf(row.line, column).trim();
      const isNumber = rows.every(({ key }) => key === "" || Number.isFinite(Number(key)));
      const compare = (a, b) => (isNumber ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true }));
      // What is empty comes last in either order.
      rows.sort((a, b) => (a.key === "") - (b.key === "") || sign * compare(a.key, b.key));
      body.append(...rows.map(({ line }) => line));
      show();
    };

    for (const head of heads) head.querySelector("button").addEventListener("click", () => sort(head));
    const restart = () => { most = STEP; show(); };
    filter.addEventListener("input", restart);
    label?.addEventListener("change", restart);
    byId("more").addEventListener("click", () => { most += STEP * 4; show(); });
    byId("all").addEventListener("click", () => { most = Infinity; show(); });
    // An alert shows its packets among the flagged rows, if some are there.
    for (const button of document.querySelectorAll("button.find")) {
      button.hidden = !rows.some((row) => matches(row, wordsOf(button.dataset.find)));
      button.addEventListener("click", () => {
        filter.value = button.dataset.find;
        if (label) label.value = "";
        restart();
        byId("flagged").scrollIntoView();
        filter.focus({ preventScroll: true });
      });
    }
    table.classList.add("sortable");
    heads[1].setAttribute("aria-sort", "descending");
    byId("tools").hidden = false;
    show();
  }

  // Tells the rows and scores under the pointer.
  const { bins, width, rows } = JSON.parse(byId("score-bins")?.textContent ?? "{}");
  if (bins) {
    const readout = byId("readout");
    readout.hidden = false;
    for (const chart of byId("over-rows").closest("figure").querySelectorAll(".chart")) {
      const { left, right, top, bottom } = chart.dataset;
      const hair = document.createElementNS(chart.namespaceURI, "line");
      hair.setAttribute("class", "hair");
      hair.setAttribute("y1", top);
      hair.setAttribute("y2", bottom);
      const point = (event) => {
        const box = chart.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
        const share = (x - left) / (right - left);
        if (share < 0 || share > 1) return;
        const at = Math.min(Math.floor((share * rows) / width), bins.length - 1);
        hair.setAttribute("x1", x);
        hair.setAttribute("x2", x);
        chart.append(hair);
        readout.replaceChildren(...described(at));
      };
      chart.addEventListener("pointermove", point);
      chart.addEventListener("pointerdown", point);
      chart.addEventListener("pointerleave", () => hair.remove());
    }
  }

  function described(at) {
    const first = at * width + 1;
    const last = Math.min(first + width - 1, rows);
    const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });
    const span = ([low, high]) => (low === high ? digits(low) : `${digits(low)} to ${digits(high)}`);
    const [normal, anomalous] = bins[at];
    const scores = [normal && span(normal), anomalous && `anomalies ${span(anomalous)}`].filter(Boolean).join(", ");
    const position = first === last ? `Row ${count(first)}` : `Rows ${count(first)} to ${count(last)}`;
    return [bold(position), ` · ${scores ? `score ${scores}` : "no score"}`];
  }
})();
