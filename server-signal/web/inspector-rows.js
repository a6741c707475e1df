// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Of the inspector: lists of any length, of which only the rows in sight are in the page, and texts of
// values of any size.

const TALLEST = 8e6; // pixels; beyond some more browsers lay nothing out
const AROUND = 4; // rows above and below those in sight

export function element(tag, className = '', ...children) {
  const made = document.createElement(tag);
  if (className !== '')
    made.className = className;
  made.append(...children);
  return made;
}

/* Writing a text anew would take away what is selected of it. */
export function write(node, text) {
  if (node.textContent !== text)
    node.textContent = text;
}

export const isContainer = value => typeof value === 'object' && value !== null;
export const clip = (text, limit) => (text.length > limit ? `${text.slice(0, limit)} …` : text);
export const keysOf = value => (Array.isArray(value) ? value.keys() : Object.keys(value));
export const sizeOf = value => (Array.isArray(value) ? value.length : Object.keys(value).length);

/* The beginning of a value's text. The rest, which may be very long, is not written at all. */
export function preview(value, limit) {
  const pieces = [];
  let room = limit;
  const put = piece => {
    pieces.push(piece);
    room -= piece.length;
  };
  const visit = part => {
    if (!isContainer(part)) {
      put(JSON.stringify(typeof part === 'string' ? part.slice(0, room + 1) : part));
      return;
    }
    const list = Array.isArray(part);
    let comma = '';
    put(list ? '[' : '{');
    for (const key of keysOf(part)) {
      if (room <= 0)
        return;
      put(list ? comma : `${comma}${JSON.stringify(key.slice(0, room + 1))}:`);
      visit(part[key]);
      comma = ',';
    }
    put(list ? ']' : '}');
  };
  visit(value);
  return clip(pieces.join(''), limit);
}

/* The length of a value's text, counted up to a limit: what is beyond is infinite. */
export function measure(value, limit) {
  let room = limit;
  const visit = part => {
    if (room < 0)
      return;
    if (typeof part === 'string') {
      room -= part.length + 2;
    } else if (!isContainer(part)) {
      room -= String(part).length;
    } else {
      room -= 2;
      for (const key of keysOf(part)) {
        room -= typeof key === 'string' ? key.length + 4 : 1;
        visit(part[key]);
        if (room < 0)
          return;
      }
    }
  };
  visit(value);
  return room < 0 ? Infinity : limit - room;
}

/* The rows of one list. make() gives an element for a row, update(element, index) shows a row in it, and
 * choose(index) hears of the row that is chosen, by hand or by keys. */
export class Rows {
  constructor(box, { make, update, choose, head = null, item = 'option', empty = '' }) {
    Object.assign(this, { box, make, update, choose, item });
    this.count = 0;
    this.selected = -1;
    this.shown = new Map(); // index → element
    this.space = element('div', 'space');
    this.space.setAttribute('role', item === 'row' ? 'rowgroup' : 'presentation');
    this.head = head;
    box.dataset.empty = empty;
    box.append(...(head ? [head] : []), this.space);
    box.addEventListener('scroll', () => this.render(), { passive: true });
    box.addEventListener('keydown', event => this.press(event));
    box.addEventListener('click', event => {
      const row = event.target.closest('.row');
      if (row && row !== head)
        this.select(Number(row.dataset.index), event);
    });
    new ResizeObserver(() => this.render()).observe(box);
  }

  /* The height of a row, which is the style's to say. */
  get height() {
    return Number.parseFloat(getComputedStyle(this.box).getPropertyValue('--row')) || 30;
  }

  get room() {
    return this.box.clientHeight - (this.head ? this.height : 0);
  }

  /* Where in the list the top is. A list that is too tall is scrolled in larger steps. */
  get top() {
    const whole = this.count * this.height;
    const { scrollTop } = this.box;
    return whole <= TALLEST ? scrollTop : scrollTop / (TALLEST - this.room) * (whole - this.room);
  }

  set top(top) {
    const whole = this.count * this.height;
    this.box.scrollTop = whole <= TALLEST ? top : top * (TALLEST - this.room) / (whole - this.room);
  }

  resize(count) {
    this.count = count;
    if (this.selected >= count)
      this.selected = -1;
    this.render();
  }

  render() {
    const { box, count, height, room, space } = this;
    if (box.offsetParent === null)
      return; // nobody sees it
    space.style.height = `${Math.min(count * height, TALLEST)}px`;
    box.classList.toggle('empty', count === 0);
    const { top } = this;
    const offset = box.scrollTop - top;
    const first = Math.max(0, Math.floor(top / height) - AROUND);
    const last = Math.min(count, Math.ceil((top + room) / height) + AROUND);
    const spare = [];
    for (const [index, row] of this.shown) {
      if (index < first || index >= last) {
        spare.push(row);
        this.shown.delete(index);
      }
    }
    for (let index = first; index < last; index++) {
      let row = this.shown.get(index);
      if (!row) {
        row = spare.pop();
        if (!row) {
          row = this.make();
          row.classList.add('row');
          row.setAttribute('role', this.item);
          space.append(row);
        }
        row.id = `${box.id}-${index}`;
        row.dataset.index = index;
        this.shown.set(index, row);
      }
      row.style.transform = `translateY(${offset + index * height}px)`;
      row.classList.toggle('selected', index === this.selected);
      if (this.item === 'row') {
        row.setAttribute('aria-rowindex', index + 2);
      } else {
        row.setAttribute('aria-selected', String(index === this.selected));
        row.setAttribute('aria-setsize', count);
        row.setAttribute('aria-posinset', index + 1);
      }
      this.update(row, index);
    }
    for (const row of spare)
      row.remove();
    if (this.shown.has(this.selected))
      box.setAttribute('aria-activedescendant', `${box.id}-${this.selected}`);
    else
      box.removeAttribute('aria-activedescendant');
  }

  reveal(index) {
    const { height, room, top } = this;
    if (index * height < top)
      this.top = index * height;
    else if ((index + 1) * height > top + room)
      this.top = (index + 1) * height - room;
  }

  select(index, event = null) {
    if (index < 0 || index >= this.count)
      return;
    this.selected = index;
    this.reveal(index);
    this.choose?.(index, event);
    this.render();
  }

  /* Gives whether the key was of use. */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey)
      return false;
    const page = Math.max(1, Math.floor(this.room / this.height) - 1);
    const to = {
      ArrowDown: this.selected + 1,
      ArrowUp: Math.max(0, this.selected - 1),
      End: this.count - 1,
      Home: 0,
      PageDown: Math.min(this.count - 1, this.selected + page),
      PageUp: Math.max(0, this.selected - page),
    }[event.key];
    if (to === undefined)
      return false;
    event.preventDefault();
    this.select(Math.min(to, this.count - 1), event);
    return true;
  }
}
