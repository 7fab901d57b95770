// Takes jobs, renders them and sends them over a pool of connections: `node worker.mjs SMTP_PORT CONNECTIONS HTML_FILE TEXT_FILE`.
import { readFileSync } from 'node:fs';
import { Worker } from 'bullmq';
import Handlebars from 'handlebars';
import nodemailer from 'nodemailer';
import { connection, queueName, versions } from './common.mjs';

const [port, connections, html, text] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host: '127.0.0.1', port: Number(port), secure: false, ignoreTLS: true, pool: true, maxConnections: Number(connections), maxMessages: Infinity,
});
Handlebars.registerHelper('equal', (a, b) => a === b);
const renderHtml = Handlebars.compile(readFileSync(html, 'utf8'));
const renderText = Handlebars.compile(readFileSync(text, 'utf8'), { noEscape: true });

// Twice as many jobs as connections, so that none waits for a job.
const worker = new Worker(queueName, async job => {
  const { email, lead, content } = job.data;
  const scope = { lead: { ...lead, email }, apicontent: content };
  await transport.sendMail({
    from: '"Shop" <shop@example.com>', to: email, subject: `Your order ${content.order}`, html: renderHtml(scope), text: renderText(scope),
  });
}, { connection, concurrency: Number(connections) * 2 });
worker.on('failed', (job, fault) => console.error(`failed ${job?.id}: ${fault.message}`));
await worker.waitUntilReady();
console.log('working ' + JSON.stringify(versions()));
