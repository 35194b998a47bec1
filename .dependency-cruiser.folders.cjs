/**
 * Import rules between the folders of one lib or app, checked by `npm run check:imports` beside .dependency-cruiser.cjs. Tests are
 * left out of the graph: a spec may import from any folder.
 */
const { options } = require('./.dependency-cruiser.cjs');

module.exports = {
  forbidden: [
    {
      name: 'no-cycles-between-folders',
      severity: 'error',
      comment: 'Folders that import each other cannot be understood, tested or moved one by one.',
      scope: 'folder',
      from: { path: '^(libs|apps)/' },
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: { path: [String.raw`\.spec\.ts$`, '^(test|bench)/', '^apps/kaspi-simulator/testing/'] },
  },
};
