/* Tables that sort by a click on a column and filter by name; each player is one <tbody> (his row and what unfolds). */
'use strict';
(function () {
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.querySelectorAll('thead th[data-sort]')];
    heads.forEach(th => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...th.childNodes);
      th.append(button);
      button.addEventListener('click', () => {
        const down = th.getAttribute('aria-sort') !== 'descending' && !(th.getAttribute('aria-sort') === null && th.dataset.sort === 'text');
        heads.forEach(h => h.removeAttribute('aria-sort'));
        th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const k = [...th.parentNode.children].indexOf(th), text = th.dataset.sort === 'text';
        const value = b => { const v = b.rows[0].cells[k].dataset.v; return text ? v : v === '' ? -Infinity : +v; };
        const bodies = [...table.tBodies].sort((a, b) => {
          const x = value(a), y = value(b), order = text ? x.localeCompare(y) : x === y ? 0 : x < y ? -1 : 1;
          return down ? -order : order;
        });
        table.append(...bodies);
      });
    });
  }
  const search = document.querySelector('#find-player');
  if (search) search.addEventListener('input', () => {
    const wanted = search.value.trim().toLocaleLowerCase();
    let n = 0;
    for (const body of document.querySelectorAll('#player-table tbody')) {
      body.hidden = !body.dataset.find.includes(wanted);
      n += !body.hidden;
    }
    document.querySelector('#found').textContent = wanted ? n + ' found' : '';
  });
  document.addEventListener('click', e => {
    const b = e.target.closest('button.unfold');
    if (!b) return;
    const row = b.closest('tbody').rows[1], open = row.hidden;
    row.hidden = !open;
    b.setAttribute('aria-expanded', open);
  });
  for (const row of document.querySelectorAll('#player-table tr.more')) row.hidden = true;
})();
