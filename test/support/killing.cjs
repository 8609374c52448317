// Loaded before a process of the program (NODE_OPTIONS=--require …). It kills the process with SIGKILL at a named point, KILL_AT, at
// the pass through it that KILL_AFTER counts. KILL_APPEND breaks the order that tests prove: `skip` logs nothing, `late` logs
// when the answer has left. The compiled modules are changed from outside: the program itself knows nothing of it.
const { writeSync } = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');
const { Client } = require('pg');

const { KILL_AT: point, KILL_AFTER, KILL_APPEND: broken } = process.env;
const lateMillis = 1_000;
let left = Number(KILL_AFTER);

function pass(name) {
  if (name !== point) return;
  left -= 1;
  if (left !== 0) return;
  writeSync(2, `killed: ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** A compiled module, before the program loads it; its exports are plain properties, and read at each call. */
const compiled = (name) => require(path.join(__dirname, '../../dist/src', name));

function aroundTheLog() {
  const log = compiled('audit/log.js');
  const { createAuditLog } = log;
  log.createAuditLog = (pool) => {
    const { append } = createAuditLog(pool);
    if (broken === 'skip') return { append: async () => 1 };
    if (broken === 'late') return { append: async (entry) => void setTimeout(() => append(entry), lateMillis) };
    return {
      append: async (entry) => {
        pass('before-append');
        const seq = await append(entry);
        pass('appended');
        return seq;
      },
    };
  };
  const { query } = Client.prototype;
  Client.prototype.query = function (...asked) {
    const answer = query.apply(this, asked);
    // The statement is on its way, and no answer can be heard before this.
    if (String(asked[0]?.text ?? asked[0]).startsWith('select audit_append($1')) setImmediate(() => pass('append-sent'));
    return answer;
  };
}

function afterOpening() {
  const opening = compiled('disclosure/open.js');
  const { recordOpener } = opening;
  opening.recordOpener = async (...asked) => {
    const open = await recordOpener(...asked);
    return async (...rows) => {
      const records = await open(...rows);
      pass('opened');
      return records;
    };
  };
}

function amidTheAnswer() {
  const parts = new WeakMap();
  for (const name of ['write', 'end']) {
    const write = http.ServerResponse.prototype[name];
    http.ServerResponse.prototype[name] = function (chunk, ...rest) {
      const done = write.call(this, chunk, ...rest);
      if (!chunk || this.statusCode !== 200) return done;
      const part = (parts.get(this) ?? 0) + 1;
      parts.set(this, part);
      setImmediate(() => pass(part === 1 ? 'answering' : 'between-batches'));
      return done;
    };
  }
}

if (isMainThread) {
  aroundTheLog();
  afterOpening();
  amidTheAnswer();
}
