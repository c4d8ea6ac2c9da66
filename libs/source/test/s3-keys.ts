/** Unusual names of objects, each of which is taken exactly as it is. */
export const ODD_KEYS = [
  ...[
    'a b.csv',
    'ü.csv',
    'u\u0308.csv',
    'a\\b.csv',
    '-rf.csv',
    'o\'b"c.csv',
    '%2e%2e.csv',
    '*?[x].csv',
    '..csv',
  ],
  ...[
    '...',
    'a~2.csv',
    '文件.csv',
    '\u202egnp.csv',
    '🛒.csv',
    '\uff0e.csv',
    'a+b&c=d.csv',
    'a#b?c.csv',
    ' a .csv',
  ],
  ...[
    'a<b>&amp;.csv',
    'a%00.csv',
    '2026/11/28/a.csv',
    '.well-known/a.csv',
    'a:b|c;d,e@f$g!h(i).csv',
    '7-a.csv',
  ],
  `${'x'.repeat(1_000)}.csv`,
];

/** Names that are taken by no feed, because somebody between a client and a store rewrites them. */
export const OUTSIDE_KEYS = [
  '../a.csv',
  'a/../../b.csv',
  '..',
  '.',
  '',
  'a/',
  'a//b.csv',
  './a.csv',
  'a\nb.csv',
  'x'.repeat(1_025),
];
