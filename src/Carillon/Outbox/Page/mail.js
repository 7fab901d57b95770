// The mail that is open: its tabs, its frame, its files.

import { $, make, icon, get, exact, bytes, subjectOf, paintFace } from '/outbox/parts.js';

const tabs = ['html', 'text', 'headers', 'source', 'files'];
const longestSource = 512 * 1024;
const link = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/;

let open = null;
let tab = 'html';

/** Shows a mail, or none. */
export function showMail(mail) {
  open = mail;
  $('message').hidden = mail === null;
  if (mail !== null) paintMail(mail);
}

function paintMail(mail) {
  $('subject').textContent = subjectOf(mail);
  paintFace($('face'), mail);
  $('to').textContent = mail.to;
  $('from').textContent = mail.from.name ? `${mail.from.name} <${mail.from.address}>` : mail.from.address;
  $('received').dateTime = mail.received;
  $('received').textContent = exact(mail.received);
  $('save').href = `/outbox/mails/${mail.number}/source?save=true`;
  $('tab-html').disabled = !mail.html;
  $('tab-text').disabled = mail.text === null;
  $('tab-files').disabled = mail.files.length === 0;
  $('files-count').textContent = mail.files.length || '';
  $('headers').replaceChildren(...mail.headers.flatMap(header => [make('dt', '', header.name), make('dd', '', header.value)]));
  $('text').replaceChildren(...withLinks(mail.text || ''));
  $('files').replaceChildren(...mail.files.map((file, index) => fileRow(mail, file, index)));
  $('source').textContent = '';
  paintHtml(mail, false);
  const usable = tabs.filter(name => !$('tab-' + name).disabled);
  choose(usable.includes(tab) ? tab : usable[0], false);
}

function paintHtml(mail, images) {
  $('remote').hidden = images || !mail.remote_images;
  if (!mail.html) return $('paper').replaceChildren();
  // A new frame each time: a new address in an old one would be a step for the browser's Back.
  const frame = make('iframe');
  frame.title = 'The HTML of the mail';
  frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
  frame.setAttribute('referrerpolicy', 'no-referrer');
  frame.src = `/outbox/mails/${mail.number}/html${images ? '?images=true' : ''}`;
  $('paper').replaceChildren(frame);
}

function withLinks(text) {
  return text.split(link).map((piece, index) => {
    if (index % 2 === 0) return document.createTextNode(piece);
    return Object.assign(make('a', '', piece), { href: piece, target: '_blank', rel: 'noopener noreferrer' });
  });
}

function fileRow(mail, file, index) {
  const link = make('a');
  link.href = `/outbox/mails/${mail.number}/attachments/${index}`;
  const dot = file.name.lastIndexOf('.');
  const what = make('span', 'what', file.name);
  what.append(make('small', '', `${file.media_type} · ${bytes(file.size)}`));
  link.append(make('span', 'kind', dot > 0 ? file.name.slice(dot + 1, dot + 5).toUpperCase() : 'FILE'), what, icon('save'));
  const item = make('li');
  item.append(link);
  return item;
}

/** Reads no more of a large source than a page can show. */
async function paintSource(mail) {
  const reader = (await get(`/mails/${mail.number}/source`)).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += piece.value;
    if (text.length <= longestSource) continue;
    text = text.slice(0, longestSource) + `\n\n… ${bytes(mail.size)} in all. Save it to read the rest.`;
    reader.cancel();
    break;
  }
  if (open === mail) $('source').textContent = text;
}

function choose(name, byHand) {
  if (byHand) tab = name;
  for (const one of tabs) {
    $('tab-' + one).setAttribute('aria-selected', String(one === name));
    $('tab-' + one).tabIndex = one === name ? 0 : -1;
    $('panel-' + one).hidden = one !== name;
  }
  $('narrow').hidden = name !== 'html';
  if (name === 'source' && open && !$('source').textContent) paintSource(open);
}

for (const name of tabs) $('tab-' + name).addEventListener('click', () => choose(name, true));

document.querySelector('[role=tablist]').addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const usable = tabs.filter(name => !$('tab-' + name).disabled);
  const at = usable.findIndex(name => $('tab-' + name).getAttribute('aria-selected') === 'true');
  const next = usable[(at + step + usable.length) % usable.length];
  choose(next, true);
  $('tab-' + next).focus();
});

$('load-images').addEventListener('click', () => paintHtml(open, true));
$('narrow').addEventListener('click', () => {
  const narrow = $('paper').classList.toggle('narrow');
  $('narrow').setAttribute('aria-pressed', String(narrow));
});
