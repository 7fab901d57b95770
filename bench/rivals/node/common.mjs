// What the parts share. Redis is the bench's own, on a port of its own, with appendfsync always.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);

export const queueName = 'receipts';
export const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
// As BullMQ's guide for production says: what is done is removed.
export const jobOptions = { removeOnComplete: true, removeOnFail: 1000, attempts: 5, backoff: { type: 'exponential', delay: 1000 } };
export const versions = () => Object.fromEntries(['bullmq', 'ioredis', 'nodemailer', 'handlebars'].map(name => [name, version(name)]));

function version(name) {
  try { return require(`${name}/package.json`).version; } catch { return '?'; }
}

// A job as the HTTP service stores it: whom it goes to and what the template needs.
export const jobData = (number) => ({
  email: `person${String(number).padStart(12, '0')}@example.com`,
  lead: { _fname: 'Olivia', _lname: 'Brown', city: 'Lisbon' },
  content: {
    order: String(number).padStart(12, '0'), total: '42.50',
    items: [{ name: 'Tea & biscuits', price: '12.50' }, { name: 'A teapot', price: '30.00' }],
  },
});
