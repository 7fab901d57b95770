// Jobs per second into the queue, nothing else: `node enqueue.mjs bare CALLERS SECONDS`, `fill COUNT` or `http` (an API in front of it).
import { createServer } from 'node:http';
import { Queue } from 'bullmq';
import { connection, jobData, jobOptions, queueName, versions } from './common.mjs';

const queue = new Queue(queueName, { connection, defaultJobOptions: jobOptions });
await queue.waitUntilReady();
const [mode, first, second] = process.argv.slice(2);

if (mode === 'fill') {
  for (let from = 0; from < Number(first); from += 500) {
    await queue.addBulk(Array.from({ length: Math.min(500, Number(first) - from) }, (_, i) => ({ name: 'receipt', data: jobData(from + i) })));
  }
  console.log('filled');
  process.exit(0);
} else if (mode === 'bare') {
  let number = 0, counted = 0, measuring = false, stopped = false;
  const times = [];
  const caller = async () => {
    while (!stopped) {
      const asked = performance.now();
      await queue.add('receipt', jobData(number++));
      if (measuring) { counted++; times.push(performance.now() - asked); }
    }
  };
  const callers = Array.from({ length: Number(first) }, caller);
  await new Promise(done => setTimeout(done, 3000));
  measuring = true;
  const started = performance.now();
  await new Promise(done => setTimeout(done, Number(second) * 1000));
  const seconds = (performance.now() - started) / 1000;
  measuring = false;
  stopped = true;
  await Promise.all(callers);
  times.sort((a, b) => a - b);
  const at = share => times[Math.floor(times.length * share)];
  console.log('result ' + JSON.stringify({ perSecond: counted / seconds, p50: at(0.5), p99: at(0.99), p999: at(0.999), versions: versions() }));
  process.exit(0);
} else {
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', async () => {
      const body = JSON.parse(Buffer.concat(parts).toString());
      const job = await queue.add('receipt', { email: body.email, lead: body.data, content: body.content });
      const answer = JSON.stringify({ error: 0, error_text: 'Successful operation', id: job.id });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) });
      response.end(answer);
    });
  });
  server.keepAliveTimeout = 60000;
  server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
}
