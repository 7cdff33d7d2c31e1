/* The play viewer: draws a play's positions on a canvas, to scale. No library, no network.
   Positions come as "reels" (sportsai/report/clips.py says how their bytes are laid out). */
'use strict';
(function () {
  const $ = (q, at = document) => at.querySelector(q);
  const D = JSON.parse($('#data').textContent);
  const P = { title: 0, when: 1, period: 2, frame: 3, from: 4, to: 5, first: 6, last: 7, side: 8, type: 9, key: 10, others: 11, p: 12, sure: 13, trained: 14, note: 15 };
  const FADE_S = 0.6, TRAIL_S = 2, SPEEDS = [0.25, 0.5, 1, 2, 4];
  const calm = matchMedia('(prefers-reduced-motion: reduce)');

  /* ---- reels: bytes back into positions ---- */
  const decoded = new Map();
  function decode(reel) {
    if (decoded.has(reel)) return decoded.get(reel);
    const text = atob(reel[3]), bytes = Uint8Array.from(text, c => c.charCodeAt(0));
    let at = 0;
    const take = () => { let v = 0, s = 0, b; do { b = bytes[at++]; v |= (b & 127) << s; s += 7; } while (b > 127); return v; };
    const signed = () => { const v = take(); return v & 1 ? -((v + 1) >> 1) : v >> 1; };
    const objects = [];
    for (let o = 0; o <= D.slots.length; o++) {
      const runs = [];
      let row = 0;
      for (let n = take(); n > 0; n--) {
        row += take();
        const length = take(), x = new Float32Array(length), y = new Float32Array(length);
        let cx = 0, cy = 0;
        for (let k = 0; k < length; k++) { cx += signed(); cy += signed(); x[k] = cx * D.quantum; y[k] = cy * D.quantum; }
        runs.push({ start: row, end: row + length - 1, x, y });
        row += length;
      }
      objects.push(runs);
    }
    decoded.set(reel, objects);
    return objects;
  }
  /* where an object is at sample s: between two samples of one run only; after a run it fades where it was last seen */
  function place(runs, s, fade) {
    let gone = null;
    for (const r of runs) {
      if (s < r.start) break;
      if (s <= r.end) {
        const i = Math.min(Math.floor(s - r.start), r.x.length - 1), j = Math.min(i + 1, r.x.length - 1), f = s - r.start - i;
        const born = r.start > 0 ? Math.min(1, (s - r.start + 1) / (fade / 3)) : 1;
        return { x: r.x[i] + (r.x[j] - r.x[i]) * f, y: r.y[i] + (r.y[j] - r.y[i]) * f, alpha: born, run: r };
      }
      gone = r;
    }
    if (!gone || s - gone.end >= fade) return null;
    const k = gone.x.length - 1;
    return { x: gone.x[k], y: gone.y[k], alpha: 1 - (s - gone.end) / fade, run: gone };
  }

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let ink = {};
  function colors() {
    ink = { team: [css('--home'), css('--away')], on: [css('--home-ink'), css('--away-ink')], text: css('--ink'), soft: css('--muted'), line: css('--line-court'), grass: css('--court'), page: css('--page'), accent: css('--accent'), other: css('--other') };
  }
  const el = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };
  const court = D.court.paths.map(p => Object.assign({ path: new Path2D(p.d) }, p));

  class Viewer {
    constructor(host, modal) {
      this.host = host; this.modal = modal; this.speed = 2; this.labels = false; this.playing = false; this.s = 0;
      this.build();
      host.addEventListener('keydown', e => this.key(e));
      new ResizeObserver(() => this.draw()).observe(this.canvas);
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { colors(); this.draw(); });
    }
    build() {
      const button = (text, name, act) => { const b = el('button', { type: 'button', textContent: text, title: name, onclick: act }); b.setAttribute('aria-label', name); return b; };
      this.canvas = el('canvas', { className: 'pitch' });
      this.canvas.setAttribute('role', 'img');
      this.tip = el('div', { className: 'tip', hidden: true });
      this.ticks = el('div', { className: 'ticks' });
      this.ticks.setAttribute('aria-hidden', 'true');
      this.range = el('input', { type: 'range', min: 0, step: 1, oninput: () => { this.pause(); this.seek(+this.range.value); } });
      this.range.setAttribute('aria-label', 'Time within the play');
      this.go = button('▶', 'Play (space)', () => this.toggle());
      this.go.className = 'go';
      this.rate = button('1×', 'Speed (+ and −)', () => this.faster(1, true));
      this.tag = button('Names', 'Names of all players (l)', () => { this.labels = !this.labels; this.tag.setAttribute('aria-pressed', this.labels); this.draw(); });
      this.tag.setAttribute('aria-pressed', false);
      this.time = el('span', { className: 'time' });
      this.seen = el('span', { className: 'seen-now' });
      this.way = el('span', { className: 'way' });
      this.help = el('div', { className: 'keys', hidden: true });
      this.help.innerHTML = '<b>Keys</b><dl><dt>space</dt><dd>play, pause</dd><dt>← →</dt><dd>one frame (with shift: one second)</dd><dt>home, e</dt><dd>first frame, the event</dd><dt>+ −</dt><dd>speed, 0.25× to 4×</dd><dt>l</dt><dd>names</dd><dt>n p</dt><dd>next, previous play</dd><dt>?</dt><dd>these keys</dd><dt>esc</dt><dd>close</dd></dl>';
      const bar = el('div', { className: 'bar' }, button('Event', 'To the event (e)', () => this.toEvent()), button('◂', 'One frame back (←)', () => this.step(-1)), this.go, button('▸', 'One frame on (→)', () => this.step(1)), this.rate, this.tag, button('?', 'Keys (?)', () => this.keys()), this.time);
      this.host.append(el('div', { className: 'stage' }, this.canvas, this.tip, this.help), el('div', { className: 'under' }, this.way, this.seen), el('div', { className: 'scrub' }, this.ticks, this.range), bar);
      this.canvas.addEventListener('pointermove', e => this.hover(e));
      this.canvas.addEventListener('pointerdown', e => this.hover(e));
      this.canvas.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    }
    load(index) {
      const play = this.play_ = D.plays[index];
      this.index = index;
      document.dispatchEvent(new CustomEvent('sportsai:play', { detail: { index, event: play[17], frame: play[P.frame], viewer: this } }));
      this.reel = D.reels.find(r => play[P.frame] >= r[0] && play[P.frame] < r[0] + r[1] * r[2]);
      this.host.classList.toggle('empty', !this.reel);
      if (!this.reel) return;
      const [start, step, n] = this.reel, to = f => Math.min(n - 1, Math.max(0, Math.round((f - start) / step)));
      this.hz = D.rate / step; this.objects = decode(this.reel);
      this.a = to(play[P.first]); this.b = Math.max(this.a + 1, to(play[P.last])); this.mark = to(play[P.frame]); this.turn = play[P.side] ? -1 : 1;
      Object.assign(this.range, { min: this.a, max: this.b });
      this.way.textContent = D.known[play[P.period]] === null ? 'direction not known: as stored' : D.teams[play[P.side]] + ' attack →';
      this.canvas.setAttribute('aria-label', play[P.title] + ', ' + play[P.when]);
      const share = s => 100 * (s - this.a) / (this.b - this.a) + '%';
      this.ticks.replaceChildren();
      const band = el('i', { className: 'evidence' });
      band.style.left = share(Math.max(this.a, to(play[P.from])));
      band.style.right = 100 - parseFloat(share(Math.min(this.b, to(play[P.to])))) + '%';
      this.ticks.append(band);
      D.plays.forEach((q, i) => {
        if (i >= D.events || q[P.frame] < play[P.first] || q[P.frame] > play[P.last]) return;
        const t = el('i', { className: 'tick' + (i === index ? ' now' : '') });
        t.style.left = share(to(q[P.frame]));
        t.style.background = ink.team[D.plays[i][16]] || ink.other;
        t.title = q[P.title];
        this.ticks.append(t);
      });
      this.pause();
      if (calm.matches) this.seek(this.mark); else { this.seek(this.a); this.toggle(); }
    }
    seek(s) { this.s = Math.min(this.b, Math.max(this.a, s)); this.range.value = Math.round(this.s); this.draw(); }
    step(n) { this.pause(); this.seek(Math.round(this.s) + n); }
    toEvent() { this.pause(); this.seek(this.mark); }
    pause() { this.playing = false; this.go.textContent = '▶'; }
    toggle() {
      if (this.playing) return this.pause();
      if (!this.reel) return;
      if (this.s >= this.b) this.s = this.a;
      this.playing = true; this.go.textContent = '❚❚';
      let last = null;
      const frame = now => {
        if (!this.playing || !this.host.isConnected) return;
        if (last !== null) this.seek(this.s + Math.min(0.1, (now - last) / 1000) * this.hz * SPEEDS[this.speed]);
        last = now;
        if (this.s >= this.b) return this.pause();
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }
    faster(n, round) {
      const k = this.speed + n;
      this.speed = round ? (k + SPEEDS.length) % SPEEDS.length : Math.min(SPEEDS.length - 1, Math.max(0, k));
      this.rate.textContent = SPEEDS[this.speed] + '×';
    }
    keys() { this.help.hidden = !this.help.hidden; }
    key(e) {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const acts = { ' ': () => this.toggle(), ArrowLeft: () => this.step(e.shiftKey ? -Math.round(this.hz) : -1), ArrowRight: () => this.step(e.shiftKey ? Math.round(this.hz) : 1), Home: () => this.step(-1e9), End: () => this.step(1e9), e: () => this.toEvent(), '+': () => this.faster(1), '=': () => this.faster(1), '-': () => this.faster(-1), l: () => this.tag.click(), '?': () => this.keys(), n: () => this.modal && this.modal.go(1), p: () => this.modal && this.modal.go(-1) };
      if (e.key === ' ' && e.target.tagName === 'BUTTON' && e.target !== this.go) return;
      if (acts[e.key]) { e.preventDefault(); acts[e.key](); }
    }
    geometry() {
      const w = this.canvas.clientWidth, pad = D.court.l * 0.03, scale = w / (D.court.l + 2 * pad);
      return { w, h: scale * (D.court.w + 2 * pad), scale, x: v => (v * this.turn + D.court.l / 2 + pad) * scale, y: v => (D.court.w / 2 + pad - v * this.turn) * scale };
    }
    draw() {
      if (!this.reel || !this.canvas.clientWidth) return;
      const g = this.g = this.geometry(), dpr = devicePixelRatio || 1, c = this.canvas.getContext('2d');
      this.canvas.style.height = g.h + 'px';
      if (this.canvas.width !== Math.round(g.w * dpr)) { this.canvas.width = Math.round(g.w * dpr); this.canvas.height = Math.round(g.h * dpr); }
      c.setTransform(dpr, 0, 0, dpr, 0, 0);
      c.clearRect(0, 0, g.w, g.h);
      this.court(c, g);
      const fade = FADE_S * this.hz, r = Math.max(6.5, Math.min(10, g.scale * 1.15)), seen = [0, 0];
      this.dots = [];
      this.objects.forEach((runs, o) => {
        const at = place(runs, this.s, fade);
        if (!at) return;
        const ball = o === D.slots.length, slot = ball ? null : D.slots[o];
        if (!ball && at.alpha === 1 && slot[1] >= 0) seen[slot[1]]++;
        this.dots.push({ o, at, ball, who: slot && slot[0] >= 0 ? D.players[slot[0]] : null, pi: slot ? slot[0] : -1, side: ball ? -1 : slot[1], x: g.x(at.x), y: g.y(at.y), r: ball ? Math.max(3.5, r * 0.5) : slot[1] < 0 ? r * 0.6 : r });
      });
      for (const d of this.dots) this.trail(c, g, d);
      for (const d of this.dots) this.dot(c, d);
      this.names(c, g);
      c.globalAlpha = 1;
      const t = (this.s - this.mark) / this.hz, ball = this.dots.some(d => d.ball && d.at.alpha === 1);
      this.time.textContent = (t < 0 ? '−' : '+') + Math.abs(t).toFixed(1) + ' s · frame ' + (this.reel[0] + Math.round(this.s) * this.reel[1]);
      this.seen.textContent = seen[0] + ' + ' + seen[1] + ' players seen, ' + D.ball + ' ' + (ball ? 'seen' : 'not seen');
    }
    court(c, g) {
      c.save();
      c.fillStyle = ink.grass; c.fillRect(0, 0, g.w, g.h);
      c.transform(g.scale, 0, 0, -g.scale, g.w / 2, g.h / 2);
      c.lineWidth = 1.2 / g.scale;
      for (const p of court) {
        c.strokeStyle = p.color || ink.line; c.fillStyle = p.color || ink.line; c.globalAlpha = p.color ? 0.6 : p.fill ? 0.5 : 1;
        if (p.fill) c.fill(p.path); else c.stroke(p.path);
      }
      c.restore();
    }
    trail(c, g, d) {
      const run = d.at.run, end = Math.min(this.s, run.end), n = Math.round(TRAIL_S * this.hz), from = Math.max(run.start, Math.ceil(end - n));
      c.lineWidth = d.ball ? 2.5 : 2; c.lineCap = 'round';
      c.strokeStyle = d.ball ? ink.text : ink.team[d.side] || ink.other;
      for (let s = from; s < end; s++) {
        const i = s - run.start, j = Math.min(i + 1, run.x.length - 1), last = s + 1 >= end;
        c.globalAlpha = d.at.alpha * (d.ball ? 0.7 : 0.45) * (1 - (end - s) / (n + 1));
        c.beginPath(); c.moveTo(g.x(run.x[i]), g.y(run.y[i]));
        c.lineTo(last ? d.x : g.x(run.x[j]), last ? d.y : g.y(run.y[j])); c.stroke();
      }
    }
    dot(c, d) {
      const play = this.play_, circle = (r, fill, stroke, w) => { c.beginPath(); c.arc(d.x, d.y, r, 0, 7); if (fill) { c.fillStyle = fill; c.fill(); } if (stroke) { c.strokeStyle = stroke; c.lineWidth = w; c.stroke(); } };
      c.globalAlpha = d.at.alpha;
      if (d.ball) return circle(d.r, '#fff', '#14171c', 1.8);
      if (d.pi >= 0 && d.pi === play[P.key]) circle(d.r + 4.5, null, ink.accent, 3);
      else if (d.pi >= 0 && play[P.others].includes(d.pi)) { c.setLineDash([3, 3]); circle(d.r + 4, null, ink.accent, 2); c.setLineDash([]); }
      circle(d.r, ink.team[d.side] || ink.other, ink.grass, 1.5);
      c.textAlign = 'center'; c.textBaseline = 'middle';
      if (d.who && d.who[1] !== null && d.r >= 6) { c.fillStyle = ink.on[d.side] || '#fff'; c.font = '600 ' + Math.round(d.r * 1.15) + 'px system-ui, sans-serif'; c.fillText(d.who[1], d.x, d.y + 0.5); }
    }
    /* the key player's name always, the others' by choice; a name that would cover another is left out (hover tells it) */
    names(c, g) {
      const play = this.play_, near = d => d.pi === play[P.key] ? 0 : play[P.others].includes(d.pi) ? 1 : 2, taken = [];
      c.font = '12px system-ui, sans-serif'; c.textAlign = 'center'; c.textBaseline = 'middle'; c.lineWidth = 3;
      for (const d of [...this.dots].filter(d => d.who && d.side >= 0).sort((a, b) => near(a) - near(b))) {
        if (!this.labels && near(d) > 0) break;
        const w = c.measureText(d.who[0]).width / 2 + 2, x = Math.min(g.w - w, Math.max(w, d.x));
        const y = [d.y + d.r + 11, d.y - d.r - 11].find(y => y > 6 && y < g.h - 6 && !taken.some(t => Math.abs(t.x - x) < t.w + w && Math.abs(t.y - y) < 13));
        if (y === undefined) continue;
        taken.push({ x, y, w });
        c.globalAlpha = d.at.alpha; c.strokeStyle = ink.grass; c.fillStyle = ink.text;
        c.strokeText(d.who[0], x, y); c.fillText(d.who[0], x, y);
      }
    }
    hover(e) {
      if (!this.dots) return;
      const box = this.canvas.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
      let best = null, near = e.pointerType === 'touch' ? 24 : 14;
      for (const d of this.dots) { const far = Math.hypot(d.x - x, d.y - y); if (far < near) { near = far; best = d; } }
      this.tip.hidden = !best;
      if (!best) return;
      this.tip.textContent = best.ball ? D.ball : (best.who ? (best.who[1] === null ? '' : best.who[1] + ' ') + best.who[0] : 'not named') + (best.side >= 0 ? ' · ' + D.teams[best.side] : '');
      this.tip.style.left = Math.min(best.x, box.width - 120) + 'px'; this.tip.style.top = best.y + 14 + 'px';
    }
  }

  /* ---- the dialog any number opens: a list of plays, one at a time ---- */
  class Dialog {
    constructor(dialog) {
      this.dialog = dialog;
      this.viewer = new Viewer($('.viewer', dialog), this);
      $('.close', dialog).onclick = () => dialog.close();
      $('.next', dialog).onclick = () => this.go(1);
      $('.prev', dialog).onclick = () => this.go(-1);
      dialog.addEventListener('close', () => this.viewer.pause());
      dialog.addEventListener('click', e => { if (e.target === dialog) dialog.close(); });
      dialog.addEventListener('keydown', e => { if (!e.defaultPrevented && !$('.viewer', dialog).contains(e.target)) this.viewer.key(e); });
    }
    open(list, at = 0) { this.list = list; this.at = at; if (!this.dialog.open) this.dialog.showModal(); this.show(); }
    go(n) { if (!this.list || this.list.length < 2) return; this.at = (this.at + n + this.list.length) % this.list.length; this.show(); }
    show() {
      const play = D.plays[this.list[this.at]], d = this.dialog;
      $('.nth', d).textContent = this.list.length > 1 ? this.at + 1 + ' of ' + this.list.length : '';
      $('.turns', d).hidden = this.list.length < 2;
      $('h2', d).textContent = play[P.title];
      const facts = [play[P.when] + ' (' + D.periods[play[P.period]] + ')'];
      if (play[P.p] !== null) facts.push('probability ' + play[P.p].toFixed(2));
      if (play[P.sure] !== null) facts.push('key player ' + play[P.sure].toFixed(2));
      facts.push('evidence: ' + (play[P.to] - play[P.from]) + ' frames, ' + play[P.from] + '–' + (play[P.to] - 1));
      if (play[P.p] !== null && D.model) facts.push('model ' + D.model);
      if (play[P.trained]) facts.push('seen in training');
      $('.facts', d).textContent = facts.join(' · ');
      $('.note', d).textContent = play[P.note];
      this.viewer.load(this.list[this.at]);
      this.viewer.go.focus({ preventScroll: true });
    }
  }

  colors();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', colors);
  const dialog = new Dialog($('#plays'));
  document.addEventListener('click', e => {
    const link = e.target.closest('a[data-plays]');
    if (link && D.lists[link.dataset.plays]) { e.preventDefault(); dialog.open(D.lists[link.dataset.plays]); return; }
    const still = e.target.closest('button[data-play]');
    if (still) {
      const host = el('div', { className: 'viewer', tabIndex: -1 });
      still.replaceWith(host);
      const v = new Viewer(host, null);
      v.load(+still.dataset.play);
      v.go.focus({ preventScroll: true });
    }
  });
  window.sportsai = { decode, place, reels: D.reels, dialog };  // for the tests
})();
