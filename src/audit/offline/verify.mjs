// Verifies a bundle of Köprü's audit log, with Node alone. In the bundle's folder: node verify.mjs
// Own copies of public keys (.pem) and checkpoints (.ndjson) may follow: then only those keys count, and those checkpoints count too.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const given = process.argv.slice(2);
const sha256 = (data) => createHash('sha256').update(data).digest();
const hex = (bytes) => bytes.toString('hex');

function fail(sentence) {
  process.stdout.write(`BAD  ${sentence}\n`);
  process.exit(1);
}

/** JSON with sorted keys and no spaces. */
function canonical(value) {
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${JSON.stringify(value[name])}`).join(',')}}`;
}

function keysIn(file) {
  const keys = new Map();
  for (const pem of readFileSync(file, 'utf8').match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []) {
    const key = createPublicKey(pem);
    keys.set(hex(sha256(key.export({ type: 'spki', format: 'der' }))).slice(0, 16), key);
  }
  return [...keys];
}

function checkpointsIn(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line));
}

function isGenuine({ signature, ...statement }, keys) {
  const key = keys.get(statement.keyId);
  const text = Buffer.from(`kopru audit checkpoint\n${canonical(statement)}`);
  return key !== undefined && verify(null, text, key, Buffer.from(signature, 'base64'));
}

const ownKeys = given.filter((name) => name.endsWith('.pem'));
const keys = new Map((ownKeys.length > 0 ? ownKeys : [join(folder, 'public-key.pem')]).flatMap(keysIn));
const checkpoints = [join(folder, 'checkpoints.ndjson'), ...given.filter((name) => !name.endsWith('.pem'))]
  .flatMap(checkpointsIn)
  .sort((a, b) => a.seq - b.seq);
for (const one of checkpoints)
  if (!isGenuine(one, keys)) fail(`The checkpoint of ${one.at} at entry ${one.seq} is not signed by a known key.`);

// What an authority stamped must be one of these checkpoints; whether it did, openssl proves with the authority's certificates.
const stamped = [...new Set(checkpoints.map(({ seq }) => seq))].filter((seq) => existsSync(join(folder, `checkpoint-${seq}.tst`)));
for (const seq of stamped) {
  const text = readFileSync(join(folder, `checkpoint-${seq}.json`), 'utf8');
  if (!checkpoints.some((one) => one.seq === seq && canonical(one) === text))
    fail(`checkpoint-${seq}.json is not the checkpoint at entry ${seq}.`);
}

let before;
let anchoredTo = 0;
let next = 0;
let count = 0;

for await (const line of createInterface({ input: createReadStream(join(folder, 'entries.ndjson')), crlfDelay: Infinity })) {
  let read;
  try {
    read = JSON.parse(line);
  } catch {
    fail(`Entry ${before ? before.seq + 1 : 'lines'}: the line is no JSON.`);
  }
  if (!before) {
    if (typeof read.before?.hash !== 'string') fail('The first line does not say what the first entry is chained to.');
    before = { seq: read.before.seq, hash: Buffer.from(read.before.hash, 'hex') };
    if (before.seq === 0 && !before.hash.equals(Buffer.alloc(32))) fail('Entry 1: it is chained to something before the log’s beginning.');
    while (checkpoints[next] && checkpoints[next].seq <= before.seq) {
      const { seq, hash, at } = checkpoints[next];
      if (seq === before.seq && hash !== hex(before.hash)) fail(`Entry ${seq}: it is not the one that the checkpoint of ${at} signed.`);
      next += 1;
    }
    continue;
  }
  const { seq, body, subjects, hash } = read;
  if (seq !== before.seq + 1) fail(`Entry ${before.seq + 1}: it is missing; entry ${seq} comes instead.`);
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(seq));
  const expected = sha256(Buffer.concat([before.hash, place, sha256(String(body)), Buffer.from(String(subjects), 'hex')]));
  if (hex(expected) !== hash) fail(`Entry ${seq}: it does not fit its hash.`);
  for (; checkpoints[next]?.seq === seq; next += 1) {
    if (checkpoints[next].hash !== hash) fail(`Entry ${seq}: it is not the one that the checkpoint of ${checkpoints[next].at} signed.`);
    anchoredTo = seq;
  }
  before = { seq, hash: expected };
  count += 1;
}

if (!before) fail('There are no entries.');
const last = before.seq;
const ahead = given.every((name) => name.endsWith('.pem')) ? checkpoints[next] : undefined;
if (ahead) fail(`Entry ${last + 1}: it is missing; a checkpoint of ${ahead.at} was made at entry ${ahead.seq}.`);
process.stdout.write(`GOOD ${count} entries, ${last - count + 1} to ${last}, are whole and in order.\n`);
process.stdout.write(
  anchoredTo === 0
    ? 'No signed checkpoint anchors them: the order is proven, the origin is not.\n'
    : `Signed checkpoints anchor them up to entry ${anchoredTo}; ${last - anchoredTo} entries after it are not yet anchored.\n`,
);
if (stamped.length > 0)
  process.stdout.write(`Timestamps lie beside the checkpoints at entries ${stamped.join(', ')}; README.txt says how to prove them.\n`);
process.stdout.write(`Keys: ${[...keys.keys()].join(', ') || 'none'} (${ownKeys.length > 0 ? 'your own' : 'the bundle’s'}).\n`);
