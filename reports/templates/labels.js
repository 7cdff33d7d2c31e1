/* Answers to events, in a report that `sportsai serve` shows: who says so, Confirm, Reject, Change to, Player, Take back.
   viewer.js says which play is shown (the event "sportsai:play"); what is sent is kept at once by the server. */
'use strict';
(function () {
  const S = JSON.parse(document.querySelector('#served').textContent);
  const D = JSON.parse(document.querySelector('#data').textContent);
  const home = '/games/' + encodeURIComponent(S.game);
  const el = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };
  const button = (text, act, more = {}) => el('button', { type: 'button', textContent: text, onclick: act, ...more });
  const option = (value, text) => el('option', { value, textContent: text });
  const said = new Map(Object.entries(S.said).map(([event, id]) => [event, { id }]));  // event -> its latest answer
  const panels = new Map();

  document.head.append(el('style', { textContent: `
.said { border-top: 1px solid var(--line); margin-top: 8px; padding-top: 8px; } .said[hidden] { display: none; }
.said .do, .said .pick, .desk .do { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; } .said .pick { margin-top: 8px; } .said [hidden], .desk [hidden] { display: none; }
.said button, .desk button { border: 1px solid var(--line); background: var(--raised); border-radius: 6px; min-height: 40px; padding: 0 12px; cursor: pointer; font-size: 14px; }
.said button.yes { border-color: var(--accent); } .said kbd { font: inherit; color: var(--muted); }
.said select, .desk input { font: inherit; font-size: 16px; min-height: 40px; max-width: 100%; padding: 0 8px; border: 1px solid var(--muted); border-radius: 6px; background: var(--page); color: var(--ink); }
.said .status, .desk .status { font-size: 14px; line-height: 20px; margin-top: 8px; } .said .status { min-height: 20px; } .desk .status:empty { display: none; } .said .bad, .desk .bad { color: var(--warn); }
.desk { margin-top: 24px; padding: 16px 24px; background: var(--raised); border-radius: 8px; font-size: 14px; line-height: 20px; } .desk button { background: var(--page); } .desk input { width: 12em; }
.desk ol { list-style: none; padding: 0; margin-top: 8px; max-height: 320px; overflow: auto; } .desk li { display: flex; gap: 8px; align-items: center; justify-content: space-between; padding: 4px 0; border-top: 1px solid var(--line); } .desk li.gone { color: var(--muted); text-decoration: line-through; }
@media print { .desk, .said { display: none; } }` }));

  async function ask(where, body) {
    const options = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', 'X-Sportsai-Token': S.token } };
    let got;
    try { got = await fetch(home + where, options); } catch { throw new Error('The server does not answer. Is `sportsai serve` still running?'); }
    const value = await got.json();
    if (!got.ok) throw new Error(value.error);
    return value;
  }
  const say = (line, text, bad = false) => { line.textContent = text; line.classList.toggle('bad', bad); };

  /* ---- the panel under a viewer ---- */
  class Panel {
    constructor(viewer) {
      this.viewer = viewer;
      const key = (text, k) => [text + ' ', el('kbd', { textContent: k })];
      const act = (text, k, name, run) => { const b = button('', run); b.append(...key(text, k)); b.setAttribute('aria-label', name); b.setAttribute('aria-keyshortcuts', k); return b; };
      this.yes = act('Confirm', 'c', 'Confirm: this event is right', () => this.send('confirm'));
      this.yes.className = 'yes';
      this.no = act('Reject', 'r', 'Reject: there was no such event', () => this.send('reject'));
      this.to = act('Change to…', 'l', 'Change to another event', () => this.choose('type'));
      this.who = act('Player…', 'w', 'Change the player', () => this.choose('player'));
      this.back = act('Take back', 'u', 'Take back the last answer', () => this.takeBack());
      this.label = el('label');
      this.select = el('select');
      this.label.append('', this.select);
      this.pick = el('div', { className: 'pick', hidden: true }, this.label, button('Save', () => this.save()), button('Cancel', () => this.close()));
      this.line = el('p', { className: 'status' });
      this.line.setAttribute('role', 'status');
      this.root = el('div', { className: 'said' }, el('div', { className: 'do' }, this.yes, this.no, this.to, this.who, this.back), this.pick, this.line);
      this.root.setAttribute('role', 'group');
      this.root.setAttribute('aria-label', 'Is this event right?');
      this.root.addEventListener('keydown', e => this.inside(e));
      viewer.host.after(this.root);
      viewer.tag.title = 'Names of all players';
      viewer.tag.setAttribute('aria-label', 'Names of all players');
      viewer.help.querySelector('dl').append(...[['c', 'confirm'], ['r', 'reject'], ['l', 'change to another event'], ['w', 'another player'], ['u', 'take back']].flatMap(([k, text]) => [el('dt', { textContent: k }), el('dd', { textContent: text })]));
      for (const dt of viewer.help.querySelectorAll('dt')) if (dt.nextSibling.textContent === 'names') { dt.nextSibling.remove(); dt.remove(); }
    }
    show(index, event, frame) {
      Object.assign(this, { event, frame, of: index < D.events ? 'events' : 'search', busy: false });
      this.root.hidden = !event;
      this.close();
      this.mark('');
    }
    mark(text) {
      const mine = said.get(this.event);
      this.back.hidden = !(mine && mine.id);
      say(this.line, text || (mine && mine.text) || '');
    }
    async send(action, more = {}) {
      if (this.busy) return;
      const about = { event: this.event, frame: this.frame, of: this.of };
      this.busy = true;
      say(this.line, 'Keeping…');
      try {
        const kept = await ask('/corrections', { action, by: desk.name(), ...(action === 'withdraw' ? more : { ...about, ...more }) });
        said.set(about.event, action === 'withdraw' ? { id: '', text: '' } : { id: kept.id, text: kept.text + '. Kept.' });
        desk.changed();
        if (this.event === about.event) this.mark(action === 'withdraw' ? 'Taken back.' : kept.text + '. Kept.');
      } catch (bad) { say(this.line, bad.message, true); }
      this.busy = false;
    }
    takeBack() { const mine = said.get(this.event); if (mine && mine.id) this.send('withdraw', { id: mine.id }); }
    choose(what) {
      this.what = what;
      const play = D.plays[this.viewer.index];
      if (what === 'type') this.select.replaceChildren(...S.types.map(([value, text]) => option(value, text)));
      else {
        const teams = [...new Set(S.players.map(p => p[2]))];
        this.select.replaceChildren(...teams.map(t => { const g = el('optgroup', { label: t }); g.append(...S.players.filter(p => p[2] === t).map(p => option(p[0], p[1]))); return g; }));
      }
      this.label.firstChild.textContent = what === 'type' ? 'It was ' : 'It was by ';
      this.select.value = what === 'type' ? play[9] : this.select.options[0].value;
      this.pick.hidden = false;
      this.select.focus();
    }
    save() { const value = this.select.value, what = this.what; this.close(); this.send('relabel', { [what]: value }); }
    close() { const had = this.pick.contains(document.activeElement); this.pick.hidden = true; if (had) (this.what === 'player' ? this.who : this.to).focus(); }
    inside(e) {
      if (this.pick.hidden || !this.pick.contains(e.target)) return;
      if (e.key === 'Escape') { e.preventDefault(); this.close(); }
      if (e.key === 'Enter' && e.target === this.select) { e.preventDefault(); this.save(); }
      e.stopPropagation();  // letters choose in the list
    }
    key(k) {
      const acts = { c: this.yes, r: this.no, l: this.to, w: this.who, u: this.back };
      if (!acts[k] || acts[k].hidden || this.root.hidden) return false;
      acts[k].click();
      return true;
    }
  }
  document.addEventListener('sportsai:play', e => {
    const { index, event, frame, viewer } = e.detail;
    if (!panels.has(viewer)) panels.set(viewer, new Panel(viewer));
    panels.get(viewer).show(index, event, frame);
  });
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input:not([type=range]), select, textarea')) return;
    for (const panel of panels.values()) {
      const within = panel.viewer.modal ? panel.viewer.modal.dialog.open : panel.viewer.host.contains(e.target) || panel.root.contains(e.target);
      if (within && panel.key(e.key)) { e.preventDefault(); e.stopPropagation(); return; }
    }
  }, true);

  /* ---- the desk at the head of the report ---- */
  const desk = (() => {
    const input = el('input', { id: 'desk-name', value: localStorage.getItem('sportsai-name') || S.by, maxLength: 80, autocomplete: 'name' });
    input.addEventListener('change', () => localStorage.setItem('sportsai-name', input.value.trim()));
    const line = el('p', { className: 'status' }), list = el('ol', { hidden: true });
    line.setAttribute('role', 'status');
    const again = button('Load the report again', () => location.reload(), { hidden: true });
    const show = button('What was said', toggle);
    show.setAttribute('aria-expanded', 'false');
    const infer = button('What follows from my labels', follow, { hidden: !S.refines });
    const label = el('label', { htmlFor: 'desk-name', textContent: 'You are' });
    const root = el('section', { className: 'desk', id: 'desk' }, el('div', { className: 'do' }, label, input, show, infer, again, el('a', { href: '/', textContent: 'All games' })), list, line);
    root.setAttribute('aria-label', 'Your desk');
    document.querySelector('main').prepend(root);

    async function toggle() {
      list.hidden = !list.hidden;
      show.setAttribute('aria-expanded', String(!list.hidden));
      if (!list.hidden) await fill();
    }
    async function fill() {
      try {
        const got = (await ask('/corrections')).said;
        list.replaceChildren(...got.map(c => {
          const what = [c.when, c.what].filter(Boolean).join(' ') + (c.what ? ': ' : '') + c.text + (c.note ? ' (' + c.note + ')' : '');
          const item = el('li', { className: c.gone ? 'gone' : '' }, el('span', { textContent: what }));
          if (!c.gone) { const b = button('Take back', () => back(c.id)); b.setAttribute('aria-label', 'Take back: ' + what); item.append(b); }
          return item;
        }));
        say(line, got.length ? '' : 'Nothing was said of this game yet.');
      } catch (bad) { say(line, bad.message, true); }
    }
    async function back(id) {
      try {
        await ask('/corrections', { action: 'withdraw', id, by: name() });
        for (const [event, mine] of said) if (mine.id === id) said.set(event, { id: '', text: '' });
        changed();
        await fill();
        say(line, 'Taken back.');
      } catch (bad) { say(line, bad.message, true); }
    }
    async function follow() {
      infer.disabled = true;
      say(line, 'The model works out what follows…');
      try {
        const got = await ask('/refine', {});
        const moved = got.moved.map(([title, before, after]) => title + ' ' + before.toFixed(1) + ' → ' + after.toFixed(1)).join(', ');
        say(line, got.given + ' labels given or following from those given; the likeliest event is another at ' + got.changed + ' of ' + got.moments + ' moments.' + (moved ? ' Expected: ' + moved + '.' : ''));
        again.hidden = false;
      } catch (bad) { say(line, bad.message, true); }
      infer.disabled = false;
    }
    const name = () => input.value.trim();
    const changed = () => { again.hidden = false; if (!list.hidden) fill(); };
    return { name, changed };
  })();
})();
