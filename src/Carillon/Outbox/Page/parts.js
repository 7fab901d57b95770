// What the other files build the page from. Whatever comes from a mail becomes text here, never markup.

export const $ = id => document.getElementById(id);

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
  svg.firstChild.setAttribute('href', '#' + name);
  return svg;
}

export async function get(path) {
  const answer = await fetch('/outbox' + path);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });
export const exact = moment => new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  if (seconds < 45) return 'now';
  if (seconds < 3600) return words.format(-Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 86400) return words.format(-Math.round(seconds / 3600), 'hour');
  if (seconds < 6 * 86400) return words.format(-Math.round(seconds / 86400), 'day');
  return new Date(moment).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

export function showTime(element, moment) {
  element.dateTime = moment;
  element.title = exact(moment);
  element.textContent = ago(moment);
}

export function bytes(count) {
  if (count < 1024) return count + ' bytes';
  return count < 1024 * 1024 ? (count / 1024).toFixed(1) + ' KB' : (count / 1024 / 1024).toFixed(1) + ' MB';
}

export const senderOf = mail => mail.from.name || mail.from.address || '(no sender)';
export const subjectOf = mail => mail.subject || '(no subject)';

/** The first letter of the recipient, in a colour of theirs. */
export function paintFace(element, mail) {
  const hue = [...mail.to].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  element.className = 'face hue' + hue;
  element.textContent = ([...mail.to].find(letter => /[\p{L}\p{N}]/u.test(letter)) || '?').toUpperCase();
}
