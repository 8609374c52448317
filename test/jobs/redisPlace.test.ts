import { redisPlace } from '../../src/core/redisPlace';

test.each([
  ['redis://cache', { kind: 'server', tls: false, hosts: [{ host: 'cache', port: 6379 }], db: 0 }],
  [
    'rediss://user:p%40ss@cache:6380/2',
    { kind: 'server', tls: true, hosts: [{ host: 'cache', port: 6380 }], username: 'user', password: 'p@ss', db: 2 },
  ],
  ['redis://:secret@[::1]:6379', { kind: 'server', tls: false, hosts: [{ host: '::1', port: 6379 }], password: 'secret', db: 0 }],
  [
    'redis+sentinel://:secret@a:26380,b/kopru/1',
    {
      kind: 'sentinel',
      tls: false,
      hosts: [
        { host: 'a', port: 26380 },
        { host: 'b', port: 26379 },
      ],
      password: 'secret',
      db: 1,
      group: 'kopru',
    },
  ],
  [
    'rediss+cluster://a:7000,b:7001',
    {
      kind: 'cluster',
      tls: true,
      hosts: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
      db: 0,
    },
  ],
])('%s', (url, place) => {
  expect(redisPlace(url)).toEqual(place);
});

test.each([
  'http://cache',
  'redis://',
  'redis://a,b',
  'redis://cache:123456',
  'redis://cache/zero',
  'redis+sentinel://a,b',
  'redis+cluster://a/1',
  'redis+ring://a',
  'redis://ca che',
])('%s is none', (url) => {
  expect(redisPlace(url)).toBeUndefined();
});
