/**
 * The import rules, checked by `npm run check:imports`. For each rule, test/architecture/violations/ has a folder of the same name
 * with files that break this rule and no other; test/architecture/import-rules.spec.ts checks them. LEVELS lists the libs from the
 * lowest level to the highest.
 */
const LEVELS = [
  ['kernel'],
  ['platform'],
  ['outbox', 'access', 'spreadsheet'],
  ['receipts', 'ledger', 'notifications', 'alerts', 'kaspi', 'calendar', 'recovery'],
  ['core-banking'],
  ['crediting'],
  ['qr-payments'],
  ['custom-checkout'],
  ['refunds'],
  ['registries'],
  ['settlements'],
  ['operations'],
];

const alternatives = (names) => `(${names.join('|')})`;
const LIBS = alternatives(LEVELS.flat());

/** Tests are beside the code that they test, and may import what production code may not. */
const TESTS = String.raw`\.spec\.ts$`;
const PRODUCTION = { path: '^(apps|libs|config)/', pathNot: [TESTS, '^apps/kaspi-simulator/testing/'] };
const INDEX = String.raw`^libs/[^/]+/index\.ts$`;
const KERNEL = String.raw`^libs/kernel/index\.ts$`;
const WIRE = String.raw`^libs/(kaspi|core-banking)/wire\.ts$`;

/** A lib may import itself, config/ and libs of lower levels: no lib of its own level or a higher one. */
const directions = LEVELS.slice(1).map((libs, height) => ({
  name: `${libs.join('-')}-${libs.length > 1 ? 'import' : 'imports'}-downwards`,
  comment:
    `${libs.join(', ')} may import libs of lower levels only. ` +
    'A lib that imports a higher one cannot be understood, tested or replaced without it.',
  from: { path: `^libs/${alternatives(libs)}/` },
  to: { path: '^libs/', pathNot: [`^libs/${alternatives(LEVELS.slice(0, height + 1).flat())}/`, '^libs/$1/'] },
}));

const forbidden = [
  ...directions,
  {
    name: 'every-lib-has-a-level',
    comment: 'A lib that is missing in LEVELS is not checked by any rule. Add it there.',
    from: { path: '^libs/', pathNot: `^libs/${LIBS}/` },
    to: {},
  },
  {
    name: 'kernel-imports-nothing',
    comment: 'All libs depend on the kernel (money, ids, clock, errors). It depends on nothing, packages included.',
    from: { path: '^libs/kernel/', pathNot: TESTS },
    to: { pathNot: '^libs/kernel/' },
  },
  {
    name: 'config-imports-no-project-code',
    comment: 'Every lib may read the settings, so they depend on no lib.',
    from: { path: '^config/' },
    to: { path: '^(libs|apps|test|bench)/' },
  },
  {
    name: 'libs-are-imported-by-index',
    comment: 'What index.ts does not export is private to the lib and may change at any time.',
    from: { path: '^libs/([^/]+)/' },
    to: { path: '^libs/', pathNot: ['^libs/$1/', INDEX] },
  },
  {
    name: 'server-imports-libs-by-index',
    comment: 'apps/mpp-server contains wiring only: it combines what the libs export.',
    from: { path: '^apps/mpp-server/' },
    to: { path: '^libs/', pathNot: INDEX },
  },
  {
    name: 'index-exports-no-rows-or-dtos',
    comment:
      'A lib exports its modules, services and types. If it exported rows or DTOs, other libs would depend on its tables and its ' +
      'HTTP interface. Exempt are the page and problem DTOs of platform, and the DTOs in api/, which calls of several libs return.',
    from: { path: '^libs/[^/]+/index[.]ts$', pathNot: '^libs/platform/' },
    to: {
      path: String.raw`^libs/[^/]+/(persistence/|.*\.(entity|repository|dto)\.ts$)`,
      pathNot: '^libs/[^/]+/api/',
    },
  },
  {
    name: 'domain-imports-kernel-only',
    comment:
      'The domain is pure rules: no Nest, TypeORM, logger, package or Node module. What it needs, the time included, is a parameter.',
    from: { path: '^libs/([^/]+)/domain/', pathNot: TESTS },
    to: { pathNot: ['^libs/$1/domain/', KERNEL] },
  },
  {
    name: 'persistence-imports-domain-only',
    comment:
      'service → persistence → domain: code that reads and writes tables depends on neither the services nor the HTTP interface.',
    from: { path: '^libs/([^/]+)/persistence/', pathNot: TESTS },
    to: { path: '^libs/$1/', pathNot: '^libs/$1/(persistence|domain)/' },
  },
  {
    name: 'http-imports-no-persistence',
    comment: 'http → service → domain: a controller calls one service method and does not use rows.',
    from: { path: '^libs/([^/]+)/http/' },
    to: { path: '^libs/$1/persistence/' },
  },
  {
    name: 'services-import-no-http',
    comment:
      'http → service: a service does not depend on its callers. Exempt are modules and index.ts, which combine both.',
    from: {
      path: '^libs/([^/]+)/',
      pathNot: ['^libs/[^/]+/(http|domain|persistence)/', String.raw`(\.module|/index)\.ts$`, TESTS],
    },
    to: { path: '^libs/$1/http/' },
  },
  {
    name: 'wire-imports-kernel-only',
    comment:
      'The simulator imports the wire formats of the PS and of the core, and nothing else of the server through them.',
    from: { path: WIRE },
    to: { path: '^(libs|config|apps)/', pathNot: KERNEL },
  },
  {
    name: 'simulator-imports-kernel-and-wire-only',
    comment:
      'If the simulator used the server’s code, an error in it would be on both sides and no test would find it. ' +
      'config/running.ts is in every program.',
    from: { path: '^apps/kaspi-simulator/' },
    to: { path: '^(libs|config)/', pathNot: [KERNEL, WIRE, String.raw`^config/running\.ts$`] },
  },
  {
    name: 'quickstart-imports-config-and-kernel-only',
    comment: 'The quickstart writes settings and starts programs; it calls the server over HTTP, as any client does.',
    from: { path: '^apps/quickstart/' },
    to: { path: '^libs/', pathNot: KERNEL },
  },
  {
    name: 'quickstart-imports-start-and-migration-only',
    comment: 'The quickstart imports the entry points of the other apps only.',
    from: { path: '^apps/quickstart/' },
    to: {
      path: '^apps/',
      pathNot: ['^apps/quickstart/', String.raw`^apps/(mpp-server/(start|migration)|kaspi-simulator/start)\.ts$`],
    },
  },
  {
    name: 'apps-import-no-other-app',
    comment: 'The server and the simulator are independent programs: neither imports another app.',
    from: { path: '^apps/(?!quickstart/)([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'nothing-imports-apps',
    comment: 'Apps import libs, never the reverse.',
    from: { path: '^(libs|config)/' },
    to: { path: '^apps/' },
  },
  {
    name: 'no-cycles',
    comment: 'Files that import each other, types included, cannot be understood one by one.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'production-imports-no-tests',
    comment: 'Tests replace other systems at their HTTP interfaces. The product has no code for tests.',
    from: PRODUCTION,
    to: { path: ['^(test|bench)/', TESTS, '^apps/kaspi-simulator/testing/'] },
  },
  {
    name: 'production-imports-no-dev-dependencies',
    comment: 'A server is installed with `npm ci --omit=dev`, which leaves these packages out.',
    from: PRODUCTION,
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'packages-are-declared',
    comment: 'A package that package.json does not name is installed by another package, which may drop it.',
    from: PRODUCTION,
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'imports-resolve',
    comment: 'An import that cannot be resolved is not checked by the other rules.',
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
