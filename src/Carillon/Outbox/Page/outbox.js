// The page of the built-in mailbox: the list, what is read, keys, and what arrives meanwhile.

import { $, make, icon, get, showTime, senderOf, subjectOf, paintFace } from '/outbox/parts.js';
import { showMail } from '/outbox/mail.js';

const pageSize = 50;

let mails = [];        // newest first
let wanted = null;     // the number in the address, whether or not the mailbox has it
let shown = null;      // the number of the mail that is open
let loaded = false;

// ---- What was read before, kept in this browser ----

const readKey = 'carillon.outbox.read';
let read = new Set();
try { read = new Set(JSON.parse(localStorage.getItem(readKey)) || []); } catch { /* not allowed to keep anything */ }

function markRead(mail) {
  read.add(mail.message_id);
  read = new Set([...read].slice(-1000));
  try { localStorage.setItem(readKey, JSON.stringify([...read])); } catch { /* the dots come back on the next visit */ }
}

// ---- The list ----

function row(mail) {
  const link = make('a', 'mail');
  link.href = '#' + mail.number;
  link.dataset.number = mail.number;
  const face = make('span');
  face.setAttribute('aria-hidden', 'true');
  paintFace(face, mail);

  const lines = make('span', 'lines');
  const first = make('span', 'first');
  const time = make('time');
  showTime(time, mail.received);
  const people = make('span', 'people', mail.to);
  people.append(make('span', 'sender', ' from ' + senderOf(mail)));
  first.append(people, time);
  const subject = make('span', 'subject');
  subject.append(make('span', '', subjectOf(mail)));
  if (mail.attachments > 0) subject.append(icon('clip'), make('span', 'spoken', 'with attachments'));
  lines.append(first, subject, make('span', 'preview', mail.preview || '\u00a0'));

  link.append(face, lines);
  const item = make('li');
  item.append(link);
  return item;
}

const linkTo = number => document.querySelector(`.mail[data-number="${Number(number)}"]`);

function paintMarks() {
  let unread = 0;
  for (const mail of mails) {
    const link = linkTo(mail.number);
    link.classList.toggle('unread', !read.has(mail.message_id));
    if (mail.number === wanted) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
    if (!read.has(mail.message_id)) unread++;
  }
  document.title = unread > 0 ? `(${unread}) Outbox` : 'Outbox';
  document.body.classList.toggle('none', loaded && mails.length === 0);
  document.body.classList.toggle('reading', wanted !== null);
  $('empty').hidden = !loaded || mails.length > 0;
}

/** Brings the list up to what the server has, as far as it is shown. */
async function refresh(newest) {
  const known = mails.length > 0 ? mails[0].number : 0;
  if (loaded && newest === known) return;
  const page = (await (await get('/mails?limit=' + pageSize)).json()).mails;
  const fresh = page.filter(mail => mail.number > known);
  // Started anew, or more came than one page holds: what is shown does not join on.
  const anew = !loaded || newest < known || fresh.length === pageSize;
  if (anew) {
    if (newest < known) shown = null;
    mails = page;
    $('mails').replaceChildren(...page.map(row));
    $('older').hidden = page.length < pageSize;
  } else {
    mails = [...fresh, ...mails];
    const rows = fresh.map(row);
    rows.forEach(item => item.firstChild.classList.add('fresh'));
    $('mails').prepend(...rows);
    if (fresh.length > 0) $('said').textContent = `New mail from ${senderOf(fresh[0])}: ${subjectOf(fresh[0])}`;
  }
  const first = !loaded;
  loaded = true;
  const wide = matchMedia('(min-width: 761px)').matches;
  if (wide && wanted === null && mails.length > 0 && (first || known === 0)) history.replaceState(null, '', '#' + mails[0].number);
  follow();
}

async function showOlder() {
  const page = (await (await get(`/mails?limit=${pageSize}&before=${mails[mails.length - 1].number}`)).json()).mails;
  mails = [...mails, ...page];
  $('mails').append(...page.map(row));
  $('older').hidden = page.length < pageSize;
  paintMarks();
}

// ---- One mail ----

/** Shows the mail that the address names: #12. */
async function follow() {
  const number = Number(location.hash.slice(1));
  const asked = wanted = Number.isSafeInteger(number) && number > 0 ? number : null;
  paintMarks();
  if (asked === shown) return;
  const mail = asked === null ? null : await get('/mails/' + asked).then(answer => answer.json()).catch(() => null);
  // Another one may have been chosen meanwhile.
  if (asked !== wanted) return;
  shown = mail === null ? null : asked;
  showMail(mail);
  $('gone').hidden = mail !== null || asked === null || mails.length === 0;
  if (mail !== null) markRead(mail);
  paintMarks();
}

// ---- Keys: up and down through the list ----

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('[role=tablist], [role=tabpanel]')) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (!step || mails.length === 0) return;
  event.preventDefault();
  const at = mails.findIndex(mail => mail.number === wanted);
  const next = mails[at < 0 ? 0 : Math.min(Math.max(at + step, 0), mails.length - 1)];
  location.hash = String(next.number);
  linkTo(next.number).focus();
});

// ---- Live ----

let events = null;
let refreshed = Promise.resolve();

function say(on, text) {
  $('live').classList.toggle('on', on);
  $('live').textContent = text;
}

/** Only while the page is seen: a browser has six connections to a server, and each open page would hold one. */
function listen() {
  if (events) events.close();
  events = null;
  if (document.hidden) return;
  events = new EventSource('/outbox/events');
  events.onopen = () => say(true, 'Live');
  events.onerror = () => {
    say(false, 'Reconnecting');
    // Refused, the browser does not try again by itself.
    if (events && events.readyState === EventSource.CLOSED) setTimeout(listen, 10000);
  };
  events.addEventListener('mails', event => {
    // One after the other: each builds on what the one before has put into the list.
    refreshed = refreshed.then(() => refresh(Number(event.data))).catch(() => say(false, 'The mailbox cannot be read'));
  });
}

$('curl').textContent = `curl ${location.origin}/api/v1.1/campaigns/triggers/import_and_start \\
  -H 'Content-Type: application/json' -d '{
    "token": "YOUR_TOKEN", "trigger_id": 96,
    "data": {
      "_fname": "Ada", "email": "you@example.com",
      "subscriptions": [{"channel": "email", "email": "you@example.com", "resource_id": 21}]
    }
  }'`;
$('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText($('curl').textContent);
  $('copy').textContent = 'Copied';
});
$('older').addEventListener('click', showOlder);
addEventListener('hashchange', follow);
document.addEventListener('visibilitychange', listen);
setInterval(() => document.querySelectorAll('.mail time').forEach(time => showTime(time, time.dateTime)), 30000);
follow();
listen();
