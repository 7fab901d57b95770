// Reads rounds as JSON lines, {"documents": [...], "filters": [...]}, and writes a line of results for each filter: one letter
// per document, 1 (matches) or 0, or an error. {"$date": "..."} stands for a date.
const { Query } = require('mingo');
const readline = require('node:readline');

const revive = (_, value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 1 && '$date' in value
    ? new Date(value.$date)
    : value;

readline.createInterface({ input: process.stdin }).on('line', line => {
  const { documents, filters } = JSON.parse(line, revive);
  for (const filter of filters) {
    try {
      const query = new Query(filter);
      console.log(documents.map(document => (query.test(document) ? '1' : '0')).join(''));
    } catch (fault) {
      console.log('error: ' + fault.message.split('\n')[0]);
    }
  }
});
