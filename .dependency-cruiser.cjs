/**
 * The import rules of the architecture, checked by `npm run check:imports`. Every rule has a tree that breaks it and
 * nothing else under test/architecture/violations/, named as the rule is; test/architecture/import-rules.spec.ts runs them.
 *
 * A lib that does not exist yet has its level already, so that it is guarded from its first file on.
 */
const LEVELS = [
  ['kernel'],
  ['platform'],
  ['outbox', 'access', 'spreadsheet'],
  ['receipts', 'ledger', 'notifications', 'alerts', 'kaspi', 'calendar'],
  ['core-banking'],
  ['qr-payments'],
  ['custom-checkout'],
  ['refunds'],
  ['registries'],
  ['settlements'],
  ['operations'],
];

const alternatives = (names) => `(${names.join('|')})`;
const LIBS = alternatives(LEVELS.flat());

/** Tests sit beside what they test, and may import what production code may not. */
const TESTS = String.raw`\.spec\.ts$`;
const PRODUCTION = { path: '^(apps|libs|config)/', pathNot: [TESTS, '^apps/kaspi-simulator/testing/'] };
const INDEX = String.raw`^libs/[^/]+/index\.ts$`;
const KERNEL = String.raw`^libs/kernel/index\.ts$`;
const WIRE = String.raw`^libs/(kaspi|core-banking)/wire\.ts$`;

/** Level by level: a lib imports itself, config/ and what lies below it; not its neighbours, not what lies above. */
const directions = LEVELS.slice(1).map((libs, height) => ({
  name: `${libs.join('-')}-${libs.length > 1 ? 'import' : 'imports'}-downwards`,
  comment:
    `Rule 1: ${libs.join(', ')} may import only what lies below. ` +
    'A lib that knew one above it could not be understood, tested or replaced without it.',
  from: { path: `^libs/${alternatives(libs)}/` },
  to: { path: '^libs/', pathNot: [`^libs/${alternatives(LEVELS.slice(0, height + 1).flat())}/`, '^libs/$1/'] },
}));

const forbidden = [
  ...directions,
  {
    name: 'every-lib-has-its-level',
    comment: 'Rule 1: a lib that the table above does not name would be guarded by nothing. Give it its level there.',
    from: { path: '^libs/', pathNot: `^libs/${LIBS}/` },
    to: {},
  },
  {
    name: 'kernel-imports-nothing',
    comment: 'Money, ids, clock and errors are what everything rests on; they rest on nothing, no package either.',
    from: { path: '^libs/kernel/', pathNot: TESTS },
    to: { pathNot: '^libs/kernel/' },
  },
  {
    name: 'config-imports-nothing-of-ours',
    comment: 'The settings lie beside the kernel, so that every lib may read them. They know nobody who does.',
    from: { path: '^config/' },
    to: { path: '^(libs|apps|test|bench)/' },
  },
  {
    name: 'libs-are-entered-by-their-index',
    comment: 'Rule 1: what index.ts does not show is the lib’s own business and may change without asking.',
    from: { path: '^libs/([^/]+)/' },
    to: { path: '^libs/', pathNot: ['^libs/$1/', INDEX] },
  },
  {
    name: 'server-enters-libs-by-their-index',
    comment: 'apps/mpp-server is wiring only: it puts together what the libs show.',
    from: { path: '^apps/mpp-server/' },
    to: { path: '^libs/', pathNot: INDEX },
  },
  {
    name: 'index-shows-no-rows-or-dtos',
    comment:
      'A lib’s public face is its modules, services and types. Rows and DTOs would tie its tables and its HTTP to others. ' +
      'platform is exempt: its page and problem DTOs are there for all. So is the contract’s Payment, which the calls of ' +
      'several libs answer.',
    from: { path: '^libs/[^/]+/index[.]ts$', pathNot: '^libs/platform/' },
    to: {
      path: String.raw`^libs/[^/]+/(persistence/|.*\.(entity|repository|dto)\.ts$)`,
      pathNot: String.raw`^libs/qr-payments/api/payment\.dto\.ts$`,
    },
  },
  {
    name: 'domain-imports-kernel-only',
    comment:
      'Rule 1: pure rules. No Nest, no TypeORM, no logger, no package, no built-in: what a domain needs, the clock too, it is handed.',
    from: { path: '^libs/([^/]+)/domain/', pathNot: TESTS },
    to: { pathNot: ['^libs/$1/domain/', KERNEL] },
  },
  {
    name: 'persistence-knows-the-domain-only',
    comment:
      'Rule 1, service → persistence → domain: what reads and writes tables knows neither the use cases nor HTTP of its lib.',
    from: { path: '^libs/([^/]+)/persistence/', pathNot: TESTS },
    to: { path: '^libs/$1/', pathNot: '^libs/$1/(persistence|domain)/' },
  },
  {
    name: 'http-knows-no-persistence',
    comment: 'Rule 1, http → service → domain: a controller calls one service method, and never sees a row.',
    from: { path: '^libs/([^/]+)/http/' },
    to: { path: '^libs/$1/persistence/' },
  },
  {
    name: 'services-know-no-http',
    comment: 'Rule 1, http → service: a use case does not know who calls it. Modules and index.ts wire and show both.',
    from: {
      path: '^libs/([^/]+)/',
      pathNot: ['^libs/[^/]+/(http|domain|persistence)/', String.raw`(\.module|/index)\.ts$`, TESTS],
    },
    to: { path: '^libs/$1/http/' },
  },
  {
    name: 'wire-knows-the-kernel-only',
    comment: 'The simulator sees the wire formats of the PS; through them it must not see the server’s client.',
    from: { path: WIRE },
    to: { path: '^(libs|config|apps)/', pathNot: KERNEL },
  },
  {
    name: 'simulator-knows-kernel-and-wire',
    comment:
      'Rule 1: were the simulator built from the server’s code, both would share the same mistakes and agree on them.',
    from: { path: '^apps/kaspi-simulator/' },
    to: { path: '^(libs|config)/', pathNot: [KERNEL, WIRE] },
  },
  {
    name: 'quickstart-knows-config-and-kernel',
    comment: 'The quickstart supplies settings and starts programs; it uses the server over HTTP, as any caller does.',
    from: { path: '^apps/quickstart/' },
    to: { path: '^libs/', pathNot: KERNEL },
  },
  {
    name: 'quickstart-starts-apps-by-their-doors',
    comment: 'What starts a server or a simulator needs their start and migrate, and nothing behind them.',
    from: { path: '^apps/quickstart/' },
    to: {
      path: '^apps/',
      pathNot: ['^apps/quickstart/', String.raw`^apps/(mpp-server/(start|migrate)|kaspi-simulator/start)\.ts$`],
    },
  },
  {
    name: 'apps-stand-alone',
    comment:
      'The server embeds nothing and the simulator stands for somebody else’s program: neither knows another app.',
    from: { path: '^apps/(?!quickstart/)([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'nothing-imports-apps',
    comment: 'Apps are the ends: libs are wired by them and do not know by whom.',
    from: { path: '^(libs|config)/' },
    to: { path: '^apps/' },
  },
  {
    name: 'no-cycles',
    comment: 'Files that import each other, types included, are one file in several pieces: none can be read alone.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'production-imports-no-tests',
    comment: 'Rule 8: the outside world is faked at its HTTP door. No seam in the product is there for a test.',
    from: PRODUCTION,
    to: { path: ['^(test|bench)/', TESTS, '^apps/kaspi-simulator/testing/'] },
  },
  {
    name: 'production-imports-no-dev-dependencies',
    comment: 'A server is installed with `npm ci --omit=dev`.',
    from: PRODUCTION,
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'packages-are-declared',
    comment: 'A package that package.json does not name is there by chance, and gone with somebody else’s update.',
    from: PRODUCTION,
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'imports-resolve',
    comment: 'What cannot be resolved is checked by none of the rules above.',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
